import type { MigrationProject } from './migration-project.js';

/** A migration that adds a column to products, and takes it away again. */
export const addsColumn = (name: string) => ({
  up: [`alter table products add column ${name} text null`],
  down: [`alter table products drop column ${name}`],
});

export const ADD_BRAND = '20990101000001-add-brand';
export const ADD_COLOUR = '20990101000002-add-colour';
export const ADD_SIZE = '20990101000003-add-size';

/** Adds three migrations to a project that are later than all others. */
export function writeThree(project: MigrationProject): void {
  project.write(ADD_BRAND, addsColumn('brand'));
  project.write(ADD_COLOUR, addsColumn('colour'));
  project.write(ADD_SIZE, addsColumn('size'));
}
