import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSchema } from '@mikro-orm/postgresql';
import type { SchemaObject } from '../../database/schema-objects.js';
import type { SchemaModel } from './schema-model.js';

/** The schema that the migrations of a folder lead to, beside them: what the next one is compared with. */
export const snapshotPath = (folder: string): string => join(folder, '.snapshot.json');

/** The objects in a snapshot; MikroORM reads the tables. */
export function readObjects(folder: string): readonly SchemaObject[] {
  const path = snapshotPath(folder);
  if (!existsSync(path)) return [];
  return (JSON.parse(readFileSync(path, 'utf8')) as { objects?: SchemaObject[] }).objects ?? [];
}

/** The snapshot of a model, as text. Columns keep their order, so that a table made anew from it has them in the same one. */
export function snapshotText({ tables, objects }: SchemaModel): string {
  const schema = JSON.parse(JSON.stringify(tables)) as { tables: { name: string; columns: Record<string, unknown> }[] };
  for (const table of schema.tables) {
    const columns = tables.getTable(table.name)?.getColumns() ?? [];
    table.columns = Object.fromEntries(columns.map(({ name }) => [name, table.columns[name]]));
  }
  return `${JSON.stringify({ ...schema, objects }, null, 2)}\n`;
}

/** Undoes what MikroORM writes into a snapshot: a column of a composite primary key is no primary key by itself. */
export function normalizeSnapshot(tables: DatabaseSchema): DatabaseSchema {
  for (const table of tables.getTables()) {
    if (!table.getPrimaryKey()?.composite) continue;
    for (const column of table.getColumns()) column.primary = false;
  }
  return tables;
}
