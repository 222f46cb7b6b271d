import type { AbstractSqlPlatform, DatabaseSchema, SqlSchemaGenerator } from '@mikro-orm/postgresql';
import type { SchemaObject } from '../../database/schema-objects.js';
import { type DatabaseKind, quoted } from '../sql-text.js';

type DatabaseTable = ReturnType<DatabaseSchema['getTables']>[number];
type IndexDef = ReturnType<DatabaseTable['getIndexes']>[number];

/** A schema as MikroORM models it, and what no entity describes. */
export interface SchemaModel {
  readonly tables: DatabaseSchema;
  readonly objects: readonly SchemaObject[];
}

/** Makes models of one database's schema; a new one at each call, because what makes SQL of one takes parts of it away. */
export interface SchemaModeller {
  readonly kind: DatabaseKind;
  readonly platform: AbstractSqlPlatform;
  readonly schemaGenerator: SqlSchemaGenerator;
  /** What the migrations so far lead to. */
  snapshotModel(): Promise<SchemaModel>;
  /** What the code describes. */
  targetModel(): SchemaModel;
}

/** A column that has another name from now on. */
export interface ColumnRename {
  readonly table: string;
  readonly from: string;
  readonly to: string;
}

/** Both databases rename a column in place. */
export const renameStatement = ({ table, from, to }: ColumnRename): string =>
  `alter table ${quoted(table)} rename column ${quoted(from)} to ${quoted(to)}`;

/** The rename that takes one back. */
export const inverseOf = ({ table, from, to }: ColumnRename): ColumnRename => ({ table, from: to, to: from });

/**
 * Renames a column in a model the way a database does it: indexes, constraints and expressions follow and keep their
 * own names. What is compared afterwards are the changes besides the name.
 */
export function renameColumn(schema: DatabaseSchema, { table: tableName, from, to }: ColumnRename): void {
  const table = schema.getTable(tableName);
  const column = table?.getColumn(from);
  if (!table || !column) return;
  const renamed = (name: string) => (name === from ? to : name);
  const rewritten = (expression: string) => expression.replaceAll(new RegExp(`\\b${from}\\b`, 'g'), to);

  table.removeColumn(from);
  table.addColumn({ ...column, name: to });
  for (const other of table.getColumns()) if (other.generated) other.generated = rewritten(other.generated);
  table.setIndexes(table.getIndexes().map((index) => renameInIndex(index, renamed, rewritten)));
  table.setChecks(
    table.getChecks().map((check) => ({
      ...check,
      columnName: check.columnName && renamed(check.columnName),
      expression: typeof check.expression === 'string' ? rewritten(check.expression) : check.expression,
    })),
  );
  for (const other of schema.getTables())
    for (const key of Object.values(other.getForeignKeys())) {
      if (other === table) key.columnNames = key.columnNames.map(renamed);
      if (key.referencedTableName === tableName) key.referencedColumnNames = key.referencedColumnNames.map(renamed);
    }
}

function renameInIndex(
  index: IndexDef,
  renamed: (name: string) => string,
  rewritten: (expression: string) => string,
): IndexDef {
  return {
    ...index,
    columnNames: index.columnNames.map(renamed),
    ...(index.columns && { columns: index.columns.map((column) => ({ ...column, name: renamed(column.name) })) }),
    ...(index.expression && { expression: rewritten(index.expression) }),
    ...(index.where && { where: rewritten(index.where) }),
  };
}
