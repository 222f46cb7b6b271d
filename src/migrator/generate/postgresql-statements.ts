import type { PostgreSqlPlatform, SchemaDifference, SqlSchemaGenerator } from '@mikro-orm/postgresql';
import { ended } from '../sql-text.js';
import { compareModels, creationOf } from './schema-diff.js';
import { type ColumnRename, renameStatement, type SchemaModel } from './schema-model.js';
import { guardsOf } from './table-guards.js';

/** The statements that lead a PostgreSQL database from one schema to another, with all its rows. */
export function postgresqlStatements(
  platform: PostgreSqlPlatform,
  generator: SqlSchemaGenerator,
  from: SchemaModel,
  to: SchemaModel,
  renames: readonly ColumnRename[],
): string[] {
  const { tables: difference, objects } = compareModels(platform, from, to, renames);
  // PostgreSQL changes the type of no column that a trigger's condition names.
  const changed = Object.values(difference.changedTables).filter(
    ({ changedColumns }) => Object.keys(changedColumns).length > 0,
  );
  const standing = objects.kept.filter(
    ({ on, create }) => /^create (constraint )?trigger\b/i.test(create) && changed.some(({ name }) => name === on),
  );
  return [
    ...standing.toReversed().map(({ drop }) => drop),
    ...objects.removed.map(({ drop }) => drop),
    ...renames.map(renameStatement),
    ...Object.values(difference.changedTables).flatMap((table) => guardsOf('postgresql', table)),
    ...tableStatements(generator, difference),
    ...objects.added.flatMap(creationOf),
    ...standing.map(({ create }) => create),
  ].map(ended);
}

function tableStatements(generator: SqlSchemaGenerator, difference: SchemaDifference): string[] {
  const text = generator.diffToSQL(difference, { wrap: false, safe: false, dropTables: true });
  // With "cascade", what others have built on a table would go with it unasked.
  return splitStatements(text).map((statement) =>
    statement.replace(/^drop table if exists ("[^;]+") cascade$/, 'drop table $1'),
  );
}

/** MikroORM hands out one text; a statement in it ends with a semicolon at the end of a line. */
export function splitStatements(text: string): string[] {
  const statements: string[] = [];
  let open = '';
  for (const part of text.split(/;(?:\n|$)/)) {
    open += open === '' ? part : `;\n${part}`;
    // An odd number of quotes: the semicolon stands in a text.
    if (open.split("'").length % 2 === 0) continue;
    if (open.trim() !== '') statements.push(open.trim());
    open = '';
  }
  return statements;
}
