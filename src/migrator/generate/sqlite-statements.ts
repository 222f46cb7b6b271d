import type { Column, SchemaDifference, SchemaHelper, SqlitePlatform, TableDifference } from '@mikro-orm/sqlite';
import { ended, literal, quoted } from '../sql-text.js';
import { compareModels, creationOf } from './schema-diff.js';
import { type ColumnRename, renameStatement, type SchemaModel } from './schema-model.js';
import { affinityOf, changesValues, guardsOf, hasDefault, unfilledColumns } from './table-guards.js';

/** The statements that lead an SQLite database from one schema to another, with all its rows. */
export function sqliteStatements(
  platform: SqlitePlatform,
  from: SchemaModel,
  to: SchemaModel,
  renames: readonly ColumnRename[],
): string[] {
  const { tables: difference, objects } = compareModels(platform, from, to, renames);
  const rebuilt = new Set(
    Object.values(difference.changedTables)
      .filter(needsRebuild)
      .map(({ name }) => name),
  );
  // What stands on a table that is made anew goes with it.
  const standing = objects.kept.filter(({ on }) => on !== undefined && rebuilt.has(on));
  return [
    ...standing.toReversed().map(({ drop }) => drop),
    ...objects.removed.map(({ drop }) => drop),
    ...renames.map(renameStatement),
    ...new SqliteTables(platform, rebuilt).statements(difference),
    ...objects.added.flatMap(creationOf),
    ...standing.map(({ create }) => create),
  ].map((statement) => ended(withDoubleQuotes(statement)));
}

/** MikroORM quotes names by backticks, which a template literal would have to escape. */
const withDoubleQuotes = (statement: string) =>
  statement.replaceAll(/'(?:[^']|'')*'|`([^`]*)`/g, (whole, name: string | undefined) =>
    name === undefined ? whole : quoted(name),
  );

/** Whether a table has to be made anew, because SQLite can't change it in place. */
function needsRebuild(difference: TableDifference): boolean {
  const inTable = [
    difference.changedColumns,
    difference.addedChecks,
    difference.changedChecks,
    difference.removedChecks,
    difference.addedForeignKeys,
    difference.changedForeignKeys,
    difference.removedForeignKeys,
  ];
  const indexes = [difference.addedIndexes, difference.changedIndexes, difference.removedIndexes];
  return (
    inTable.some((changes) => Object.keys(changes).length > 0) ||
    indexes.some((changes) => Object.values(changes).some(({ primary }) => primary)) ||
    Object.values(difference.addedColumns).some(cannotBeAdded) ||
    Object.values(difference.removedColumns).some((column) => column.primary || isUsedByOthers(difference, column))
  );
}

/** @see https://www.sqlite.org/lang_altertable.html#altertabaddcol */
const cannotBeAdded = (column: Column) =>
  column.primary === true ||
  column.autoincrement === true ||
  /\bstored$/i.test(column.generated ?? '') ||
  unfilledColumns({ addedColumns: { column } }).length > 0 ||
  (hasDefault(column) && !/^(-?[\d.]+|'(?:[^']|'')*'|true|false)$/i.test(column.default ?? ''));

/** Whether a column that stays is computed from one that goes. */
const isUsedByOthers = ({ fromTable }: TableDifference, { name }: Column) =>
  fromTable
    .getColumns()
    .some((other) => other.name !== name && new RegExp(`\\b${name}\\b`).test(other.generated ?? ''));

class SqliteTables {
  private readonly helper: SchemaHelper;

  constructor(
    platform: SqlitePlatform,
    private readonly rebuilt: ReadonlySet<string>,
  ) {
    this.helper = platform.getSchemaHelper() as SchemaHelper;
  }

  statements({ newTables, changedTables, removedTables }: SchemaDifference): string[] {
    return [
      ...Object.values(changedTables).flatMap((table) => guardsOf('sqlite', table)),
      ...Object.values(newTables).flatMap((table) => this.helper.createTable(table)),
      ...Object.values(changedTables).flatMap((table) =>
        this.rebuilt.has(table.name) ? this.rebuild(table) : this.alter(table),
      ),
      ...Object.keys(removedTables).map((name) => `drop table ${quoted(name)}`),
    ];
  }

  private alter(difference: TableDifference): string[] {
    const { helper } = this;
    const { name, toTable, addedIndexes, changedIndexes, removedIndexes, renamedIndexes } = difference;
    const dropped = [...Object.keys(removedIndexes), ...Object.keys(changedIndexes), ...Object.keys(renamedIndexes)];
    const created = [addedIndexes, changedIndexes, renamedIndexes].flatMap((indexes) => Object.values(indexes));
    return [
      ...dropped.map((index) => `drop index ${quoted(index)}`),
      ...Object.keys(difference.removedColumns).map(
        (column) => `alter table ${quoted(name)} drop column ${quoted(column)}`,
      ),
      ...Object.values(difference.addedColumns).map(
        (column) => `alter table ${quoted(name)} add column ${helper.createTableColumn(column, toTable)}`,
      ),
      ...created.map((index) => helper.createIndex(index, toTable)),
    ];
  }

  /**
   * Makes a table anew beside the old one, fills it, and puts it in the old one's place.
   * @see https://www.sqlite.org/lang_altertable.html#otheralter
   */
  private rebuild(difference: TableDifference): string[] {
    const { name, toTable } = difference;
    const temporary = `${name}__new`;
    const [create = '', ...indexes] = this.helper.createTable(toTable);
    const copied = toTable.getColumns().flatMap((column) => valueFor(difference, column) ?? []);
    const names = copied.map(({ column }) => quoted(column)).join(', ');
    const values = copied.map(({ value }) => value).join(', ');
    return [
      create.replace(`create table \`${name}\``, `create table \`${temporary}\``),
      ...(copied.length > 0
        ? [`insert into ${quoted(temporary)} (${names}) select ${values} from ${quoted(name)}`]
        : []),
      ...(toTable.getColumns().some(({ autoincrement }) => autoincrement) ? keepSequence(name, temporary) : []),
      `drop table ${quoted(name)}`,
      `alter table ${quoted(temporary)} rename to ${quoted(name)}`,
      ...indexes,
    ];
  }
}

/** Ids are never used again, not even those of rows that are gone: the counter moves along with the table. */
const keepSequence = (table: string, temporary: string) => [
  `delete from sqlite_sequence where name = ${literal(temporary)}`,
  `insert into sqlite_sequence (name, seq) select ${literal(temporary)}, seq from sqlite_sequence where name = ${literal(table)}`,
];

/** What a column of the new table is filled with; undefined where the database does it. */
function valueFor({ fromTable }: TableDifference, column: Column): { column: string; value: string } | undefined {
  if (column.generated) return undefined;
  const before = fromTable.getColumn(column.name);
  if (!before) return hasDefault(column) ? { column: column.name, value: `(${column.default})` } : undefined;
  const value = quoted(column.name);
  const isConverted = changesValues('sqlite', before, column) && affinityOf(column.type) !== 'numeric';
  return { column: column.name, value: isConverted ? `cast(${value} as ${column.type})` : value };
}
