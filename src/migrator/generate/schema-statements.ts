import type { PostgreSqlPlatform } from '@mikro-orm/postgresql';
import { DatabaseSchema } from '@mikro-orm/postgresql';
import type { SqlitePlatform } from '@mikro-orm/sqlite';
import { postgresqlStatements } from './postgresql-statements.js';
import type { ColumnRename, SchemaModel, SchemaModeller } from './schema-model.js';
import { sqliteStatements } from './sqlite-statements.js';

/** The statements that lead a database from one schema to another, with all its rows. Uses the models up. */
export function schemaStatements(
  { kind, platform, schemaGenerator }: SchemaModeller,
  from: SchemaModel,
  to: SchemaModel,
  renames: readonly ColumnRename[] = [],
): string[] {
  return kind === 'sqlite'
    ? sqliteStatements(platform as unknown as SqlitePlatform, from, to, renames)
    : postgresqlStatements(platform as PostgreSqlPlatform, schemaGenerator, from, to, renames);
}

/** The statements that make, in an empty database, the schema that the code describes. */
export function createSchemaStatements(modeller: SchemaModeller): string[] {
  return schemaStatements(modeller, emptyModel(modeller), modeller.targetModel());
}

export const emptyModel = ({ platform }: Pick<SchemaModeller, 'platform'>): SchemaModel => ({
  tables: new DatabaseSchema(platform, platform.getDefaultSchemaName() ?? ''),
  objects: [],
});
