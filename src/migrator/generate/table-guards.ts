import type { Column, TableDifference } from '@mikro-orm/postgresql';
import { type DatabaseKind, guard, quoted } from '../sql-text.js';

/** What a change of tables takes for granted about the rows that are there; where it does not hold, nothing happens. */
export function guardsOf(kind: DatabaseKind, difference: TableDifference): string[] {
  return [
    ...unfilledColumns(difference).map((column) => hasNoRows(kind, difference, column)),
    ...Object.values(difference.changedColumns).flatMap(({ column, fromColumn, changedProperties }) => [
      ...(changedProperties.has('nullable') && !column.nullable ? [hasValues(kind, difference, column)] : []),
      ...(changesValues(kind, fromColumn, column) ? [keepsValues(kind, difference, fromColumn, column)] : []),
    ]),
  ];
}

/** New columns that rows which are there would have no value for. */
export const unfilledColumns = ({ addedColumns }: Pick<TableDifference, 'addedColumns'>): Column[] =>
  Object.values(addedColumns).filter(
    ({ nullable, generated, autoincrement, ...column }) =>
      !nullable && !generated && !autoincrement && !hasDefault(column),
  );

export const hasDefault = ({ default: value }: Pick<Column, 'default'>): boolean =>
  value !== undefined && value !== null && value !== 'null';

/** What to do about a column that rows which are there would have no value for. */
export const unfilledAdvice = (table: string, column: string): string =>
  `${table}.${column} is new and NOT NULL without a default, and there are rows that would have no value for it. ` +
  'Give it a default; or make it nullable, fill it, and make it NOT NULL in a later migration';

const hasNoRows = (kind: DatabaseKind, { name }: TableDifference, column: Column) =>
  guard(kind, `select 1 from ${quoted(name)}`, unfilledAdvice(name, column.name));

const hasValues = (kind: DatabaseKind, { name }: TableDifference, column: Column) =>
  guard(
    kind,
    `select 1 from ${quoted(name)} where ${quoted(column.name)} is null`,
    `${name}.${column.name} is to be NOT NULL, and there are rows without a value: fill them first`,
  );

const keepsValues = (kind: DatabaseKind, { name }: TableDifference, from: Column, to: Column) => {
  const value = quoted(from.name);
  const there = `cast(cast(${value} as ${to.type}) as ${from.type})`;
  const differs = kind === 'sqlite' ? `${there} is not ${value}` : `${there} is distinct from ${value}`;
  return guard(
    kind,
    `select 1 from ${quoted(name)} where ${differs}`,
    `${name}.${from.name} holds values that would not be the same as ${to.type}: change them first`,
  );
};

/** Types that take every value of another one as it is. */
const WIDENINGS = new Set([
  'smallint int',
  'smallint bigint',
  'int bigint',
  'integer bigint',
  'real double precision',
  'varchar text',
]);

/** Whether values are converted in a way that may not bring them back. */
export function changesValues(kind: DatabaseKind, from: Column, to: Column): boolean {
  if (from.generated || to.generated) return false;
  if (kind === 'sqlite') return affinityOf(from.type) !== affinityOf(to.type);
  const [before, after] = [from.type, to.type].map((type) => type.toLowerCase());
  if (before === after || WIDENINGS.has(`${before?.replace(/\(.*\)/, '')} ${after}`)) return false;
  const [wasLong, isLong] = [from, to].map(({ type }) => Number(/^varchar\((\d+)\)$/.exec(type)?.[1]));
  return !(wasLong && isLong && isLong >= wasLong);
}

/** How SQLite stores values of a declared type. @see https://www.sqlite.org/datatype3.html#determination_of_column_affinity */
export function affinityOf(type: string): string {
  const rules: readonly (readonly [RegExp, string])[] = [
    [/int/i, 'integer'],
    [/char|clob|text/i, 'text'],
    [/blob/i, 'blob'],
    [/real|floa|doub/i, 'real'],
  ];
  return rules.find(([pattern]) => pattern.test(type))?.[1] ?? 'numeric';
}
