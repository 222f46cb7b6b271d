import { sql } from 'kysely';
import { BadUserInputError } from '../errors.js';
import { toId } from '../shared/id.js';
import type { Compilation, FieldScope } from './compiler.js';
import { and, type Dialect, ref, type Sql, type ValueType } from './dialect.js';
import type { Param } from './param.js';

/** A row in a statement's from clause: the name by which its columns are called. */
export class Row {
  private readonly used = new Set<string>();

  constructor(readonly alias: string) {}

  /** The columns that have been called so far. */
  get columns(): readonly string[] {
    return [...this.used];
  }

  column(name: string): Sql {
    this.used.add(name);
    return ref(`${this.alias}.${name}`);
  }
}

/** How a field is read: the JSON value of it, for a row. */
export type FieldRead = (row: Row, scope: FieldScope) => Sql;

/** The condition that a filter's field stands for; undefined where it asks for nothing. */
export type FilterRead = (row: Row, value: Param, scope: FieldScope, filter: Param) => Sql | undefined;

/** What a list is sorted by, besides the id: a column that is never null, or a rank. undefined sorts by the id alone. */
export type OrderKey = ColumnKey | Ranking | undefined;
export interface ColumnKey {
  column: string;
  type: ValueType;
}

/** How well a row fulfils a filter, as a number: the rows of each rank are found by an index. */
export interface Ranking {
  /** The filter, without which there is no rank. */
  filter: string;
  /** From the best to the worst. */
  ranks: readonly number[];
  /** The rows of a rank, to be read in the order of their ids. */
  find: (row: Row, value: Param, rank: number, scope: FieldScope) => { from: Sql; where: Sql; id: Sql };
  /** Whether a row that is there already has a rank. */
  test: (row: Row, value: Param, rank: number, scope: FieldScope) => Sql;
}

/**
 * A filter that has an index of its own and finds few rows or many, which only the run knows. With few, a list starts
 * from them and sorts; with many, it goes along its order and looks at each row.
 */
export interface Source {
  /** How many rows the filter finds, counted up to `most`; undefined where the database itself estimates it. */
  count: (value: Param, scope: FieldScope, filter: Param, most: Sql) => Sql | undefined;
  /** The filter where it finds few rows and the list starts from it; as it is where this is left out. */
  find?: FilterRead;
  /** The first rows that the filter finds, as a from clause; undefined where the filter alone finds them as fast. */
  first?: (row: Row, value: Param, scope: FieldScope, filter: Param, most: Sql) => Sql | undefined;
  /** The filter as a look at a row that is there already. */
  test: FilterRead;
  /** Whether the test looks at nothing of the row but its id. */
  testsKey?: boolean;
  /** Whether the number is kept, or an index tells it at once, and costs next to nothing. */
  isKept?: boolean;
  /** The column whose index finds the rows; in the order of that column, a list goes along these rows alone. */
  column?: string;
}

/** All that the compiler knows of a noun. */
export interface NounReads {
  /** The GraphQL type. */
  type: string;
  /** Left out for what a mutation puts together and no table holds. */
  table?: string;
  /** Where ids become larger than other nouns': up to the largest that JavaScript knows. */
  hasLargeIds?: boolean;
  /** What of it the viewer may see; undefined where that is all. */
  visible?: (row: Row, compilation: Compilation) => Sql | undefined;
  fields: Readonly<Record<string, FieldRead>>;
  filters: Readonly<Record<string, FilterRead>>;
  /** The filters among them that a list may start from. */
  sources?: Readonly<Record<string, Source>>;
  orders: Readonly<Record<string, OrderKey>>;
  /** The filters of one value whose rows stand in the order of a column, or of the ids, in an index of their own. */
  orderedWithin?: (column: string | undefined, filter: Param) => readonly string[];
  /** The number of all rows of a list with the scope's filter, where it is kept; undefined where it has to be counted. */
  total?: (scope: FieldScope) => Sql | undefined;
  /** Whether a list begins with the largest where no order is given. */
  isNewestFirst?: boolean;
  /** The order where none is given; by id where there is none for the filter. */
  defaultOrder?: (filter: Param) => string | undefined;
  /** What connections of the noun have besides a page and its total: fields of fields, by their names. */
  connectionParts?: Readonly<Record<string, Readonly<Record<string, (list: ListedRows, scope: FieldScope) => Sql>>>>;
  /** How the fields of Query that answer this noun are read. */
  roots: Readonly<Record<string, RootRead>>;
}

/** What a list within an entry is a list of. */
export interface ListBase {
  where: (target: Row) => Sql;
  /** The same where they are few; as `where` where it is left out. */
  find?: (target: Row) => Sql;
  /** The same as a look at a row that is there already; as `where` where it is left out. */
  test?: (target: Row) => Sql;
  /** How many rows that the viewer sees there are, which is kept. */
  count: Sql;
}

/** All rows of a list, whatever page is asked for. */
export interface ListedRows {
  filter: Param;
  /** Whether a row is one of the list, with some fields of the filter left out. */
  matching: (row: Row, without: readonly string[]) => Sql;
  /** The same rows as a `from` and a `where`; they are found once for all parts that leave nothing out that is given. */
  rows: (row: Row, without: readonly string[]) => { from: Sql; where: Sql };
  /** Whether these are all that the viewer sees: nothing else is filtered. */
  isWhole: (without: readonly string[]) => boolean;
  /** How many rows the whole list has, where that is kept. */
  total: Sql | undefined;
}

/** How a root field is read: a scalar subselect with the whole answer. */
export type RootRead = (scope: FieldScope) => Sql;

/** What the public sees, where staff sees all. */
export const toPublic =
  (condition: (row: Row) => Sql): NounReads['visible'] =>
  (row, { viewer }) =>
    viewer.isStaff ? undefined : condition(row);

// ---- fields of a row

/** A text or a whole number as it is stored. */
export const column =
  (name: string): FieldRead =>
  (row) =>
    row.column(name);

/** What a mutation answers besides its entry. */
export const given =
  (field: string): FieldRead =>
  (_row, scope) =>
    scope.given(field);

const typed =
  (toJson: (dialect: Dialect, value: Sql) => Sql) =>
  (name: string): FieldRead =>
  (row, { dialect }) =>
    toJson(dialect, row.column(name));

export const id = typed((dialect, value) => dialect.jsonId(value));
export const boolean = typed((dialect, value) => dialect.jsonBoolean(value));
export const float = typed((dialect, value) => dialect.jsonFloat(value));
export const money = typed((dialect, value) => dialect.jsonMoney(value));
export const instant = typed((dialect, value) => dialect.jsonInstant(value));

/** What every entry of the catalogue has. */
export const entryFields = {
  id: id('id'),
  version: column('version'),
  createdAt: instant('created_at'),
  updatedAt: instant('updated_at'),
} as const;

/** Another read for each value of an enum argument. */
export const chosenBy =
  (argument: string, reads: Readonly<Record<string, FieldRead>>): FieldRead =>
  (row, scope) => {
    const value = scope.args.at(argument).enumValue;
    const read = reads[value];
    if (!read) throw new Error(`Nothing is declared for ${argument}: ${value}.`);
    return read(row, scope);
  };

/** The row that a foreign key names, or null. */
export const toOne =
  (foreignKey: string): FieldRead =>
  (row, scope) =>
    scope.one((target) => sql`${target.column('id')} = ${row.column(foreignKey)}`);

/** All rows for which a condition holds, in an order; for lists that are short by nature. */
export const toMany =
  (where: (row: Row, target: Row, scope: FieldScope) => Sql, orderBy: (target: Row) => readonly Sql[]): FieldRead =>
  (row, scope) =>
    scope.list((target) => where(row, target, scope), orderBy);

// ---- root fields

/** The one row with the key that the arguments give. @throws BadUserInputError unless exactly one is given */
export const oneBy =
  (keys: Readonly<Record<string, (row: Row, value: Param) => Sql>>): RootRead =>
  (scope) => {
    const [argument, ...others] = Object.keys(keys).filter((key) => scope.args.at(key).isGiven);
    const condition = argument && others.length === 0 ? keys[argument] : undefined;
    if (!argument || !condition) {
      const [path = '', ...rest] = Object.keys(keys);
      throw new BadUserInputError([{ path, message: `or ${rest.join(' or ')} must be given, and only one of them` }]);
    }
    scope.compilation.isOfFew = true;
    return scope.one((target) => condition(target, scope.args.at(argument)));
  };

export const byId = (row: Row, value: Param) => sql`${row.column('id')} = ${value.map(toId).bind('integer')}`;
export const bySlug = (row: Row, value: Param) => sql`${row.column('slug')} = ${value.bind('text')}`;

/** A page of all rows. */
export const all: RootRead = (scope) => scope.connection();

// ---- filters

const toIds = (ids: readonly string[]) => ids.map(toId);

/** One of these ids, in a column or another expression. */
export const idIn =
  (name: string): FilterRead =>
  (row, value) =>
    value.map(toIds).holds(row.column(name), 'integer');

export const textIn =
  (name: string): FilterRead =>
  (row, value) =>
    value.holds(row.column(name), 'text');

export const idIs =
  (name: string): FilterRead =>
  (row, value) =>
    sql`${row.column(name)} = ${value.map(toId).bind('integer')}`;

export const flag =
  (condition: (row: Row, scope: FieldScope) => Sql): FilterRead =>
  (row, value, scope) =>
    value.isTrue ? condition(row, scope) : sql`not (${condition(row, scope)})`;

/** A condition on a column that has an index, as a filter and as a source of lists. */
export interface IndexedFilter {
  filter: FilterRead;
  source: Source;
}

/**
 * A filter by a column of a table that has an index on it.
 * @param isStretch whether what it finds is one stretch of the index, which has the ids in second place
 */
export function byIndex(
  table: string,
  name: string,
  condition: (key: Sql, value: Param) => Sql | undefined,
  isStretch = true,
): IndexedFilter {
  const filter: FilterRead = (row, value) => condition(row.column(name), value);
  return {
    filter,
    source: {
      column: name,
      test: (row, value, { dialect }) => condition(dialect.unindexed(row.column(name)), value),
      first(row, value, { dialect }, _filter, most) {
        const found = condition(ref(`${row.alias}.${name}`), value);
        return found && isStretch
          ? dialect.firstRows?.(table, row.alias, found, alongIndex(row, name), most)
          : undefined;
      },
      count(value, scope, whole, most) {
        const row = scope.newRow();
        const found = filter(row, value, scope, whole);
        const rows = sql`${sql.table(table)} as ${sql.ref(row.alias)} where ${found}`;
        return found && scope.dialect.countUpTo(rows, most, isStretch ? alongIndex(row, name) : undefined);
      },
    },
  };
}

const alongIndex = ({ alias }: Row, name: string) => sql`${ref(`${alias}.${name}`)}, ${ref(`${alias}.id`)}`;

/** `min` and `max`, both included; a null in the column is in no range. */
export const range = (type: ValueType) => (key: Sql, value: Param) => {
  const min = value.at('min');
  const max = value.at('max');
  const ends = [
    min.isGiven ? sql`${key} >= ${min.bind(type)}` : undefined,
    max.isGiven ? sql`${key} <= ${max.bind(type)}` : undefined,
  ].filter((end) => end !== undefined);
  return ends.length === 0 ? undefined : and(ends);
};

/** `from` included, `to` not. */
export const period = (key: Sql, value: Param) => {
  const from = value.at('from');
  const to = value.at('to');
  const ends = [
    from.isGiven ? sql`${key} >= ${from.bind('instant')}` : undefined,
    to.isGiven ? sql`${key} < ${to.bind('instant')}` : undefined,
  ].filter((end) => end !== undefined);
  return ends.length === 0 ? undefined : and(ends);
};

/** Whether rows are active: there are many of those that are, and an index of those that are not. */
export function activity(
  table: string,
  restrict: (filter: FilterRead) => FilterRead = (filter) => filter,
): IndexedFilter {
  const filter = restrict(flag((row) => row.column('is_active')));
  return {
    filter,
    source: {
      test: filter,
      count(value, scope, whole, most) {
        const row = scope.newRow();
        const found = value.isTrue ? undefined : filter(row, value, scope, whole);
        const rows = sql`${sql.table(table)} as ${sql.ref(row.alias)} where ${found}`;
        return found && scope.dialect.countUpTo(rows, most, row.column('id'));
      },
    },
  };
}

/** What staff alone may filter by; for others the filter is as if it were not there. */
export const staffOnly =
  (filter: FilterRead): FilterRead =>
  (row, value, scope, whole) =>
    scope.viewer.isStaff ? filter(row, value, scope, whole) : undefined;
