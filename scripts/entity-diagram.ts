import { readFileSync } from 'node:fs';
import { type EntityMetadata, type EntityProperty, MikroORM, ReferenceKind } from '@mikro-orm/core';
import { readConfig } from '../src/config.js';
import { ormOptions } from '../src/database/orm.js';

/** The file that carries the diagram, between the lines that begin and end it. */
export const DIAGRAM_FILE = 'ARCHITECTURE.md';

const PLACE = /(?<=<!-- entities: written by `npm run schema` -->\n)[^]*?(?=<!-- end of entities -->)/;

/** The file as it has to be: with the diagram that the entities describe. */
export async function withEntityDiagram(): Promise<string> {
  const text = readFileSync(DIAGRAM_FILE, 'utf8');
  if (!PLACE.test(text)) throw new Error(`${DIAGRAM_FILE} has no place for the entities' diagram.`);
  const diagram = await drawEntities();
  return text.replace(PLACE, () => `\`\`\`mermaid\n${diagram}\n\`\`\`\n`);
}

/** The tables that the entities describe, as an entity–relationship diagram of Mermaid; the types are PostgreSQL's. */
async function drawEntities(): Promise<string> {
  const orm = await MikroORM.init(ormOptions(readConfig({ DATABASE_URL: 'postgres://localhost/offline' })));
  const tables = [...orm.getMetadata().getAll().values()].sort((a, b) => (a.tableName < b.tableName ? -1 : 1));
  await orm.close(true);
  return ['erDiagram', ...tables.map(drawTable), ...tables.flatMap(drawRelations)].join('\n');
}

function drawTable(table: EntityMetadata): string {
  const columns = stored(table).flatMap((property) =>
    property.fieldNames.map((_, index) => drawColumn(table, property, index)),
  );
  return [`  ${table.tableName} {`, ...columns, '  }'].join('\n');
}

function drawColumn(table: EntityMetadata, property: EntityProperty, index: number): string {
  const keys = [property.primary && 'PK', isReference(property) && 'FK', isUnique(table, property) && 'UK'].filter(
    Boolean,
  );
  const type = property.columnTypes[index]?.replaceAll(/[^\w()]/g, '_') ?? '';
  const words = [type, property.fieldNames[index], keys.join(', '), property.nullable ? '"may be null"' : ''];
  return `    ${words.filter((word) => word !== '').join(' ')}`;
}

/** A line from each foreign key's table to the one that it names: none or many to one, or to none. */
const drawRelations = (table: EntityMetadata): string[] =>
  stored(table)
    .filter(isReference)
    .map((property) => {
      const other = property.targetMeta?.tableName ?? property.type;
      return `  ${table.tableName} }o--${property.nullable ? 'o|' : '||'} ${other} : ${property.name}`;
    });

const stored = (table: EntityMetadata): EntityProperty[] =>
  table.props.filter(
    (property) =>
      property.persist !== false &&
      property.fieldNames?.length > 0 &&
      property.columnTypes?.length > 0 &&
      property.kind !== ReferenceKind.MANY_TO_MANY,
  );

const isReference = ({ kind }: EntityProperty): boolean =>
  kind === ReferenceKind.MANY_TO_ONE || kind === ReferenceKind.ONE_TO_ONE;

const isUnique = (table: EntityMetadata, { name, unique }: EntityProperty): boolean =>
  Boolean(unique) || table.uniques.some(({ properties }) => [properties].flat().join() === name);
