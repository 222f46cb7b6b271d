import { sql } from 'kysely';
import { BadUserInputError } from '../errors.js';
import { toId } from '../shared/id.js';
import { foldCase } from '../shared/text.js';
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

/** What a list is sorted by, besides the id: a column that is never null. undefined sorts by the id alone. */
export type OrderKey = { column: string; type: ValueType } | undefined;

/** All that the compiler knows of a noun. */
export interface NounReads {
  /** The GraphQL type. */
  type: string;
  /** Left out for what a mutation puts together and no table holds. */
  table?: string;
  /** What of it the viewer may see; undefined where that is all. */
  visible?: (row: Row, compilation: Compilation) => Sql | undefined;
  fields: Readonly<Record<string, FieldRead>>;
  filters: Readonly<Record<string, FilterRead>>;
  orders: Readonly<Record<string, OrderKey>>;
  /** How the fields of Query that answer this noun are read. */
  roots: Readonly<Record<string, RootRead>>;
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

/** A page of the rows for which a condition holds. */
export const connection =
  (where: (row: Row, target: Row, scope: FieldScope) => Sql): FieldRead =>
  (row, scope) =>
    scope.connection((target) => where(row, target, scope));

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

/** Part of a folded text, every character an ordinary one. */
export const contains =
  (name: string): FilterRead =>
  (row, value, { dialect }) =>
    dialect.contains(row.column(name), value.map(foldCase).bind('text'));

export const flag =
  (condition: (row: Row, scope: FieldScope) => Sql): FilterRead =>
  (row, value, scope) =>
    value.isTrue ? condition(row, scope) : sql`not (${condition(row, scope)})`;

/** `min` and `max`, both included; a null in the column is in no range. */
export const range =
  (name: string, type: ValueType): FilterRead =>
  (row, value) => {
    const min = value.at('min');
    const max = value.at('max');
    return and([
      min.isGiven ? sql`${row.column(name)} >= ${min.bind(type)}` : undefined,
      max.isGiven ? sql`${row.column(name)} <= ${max.bind(type)}` : undefined,
    ]);
  };

/** `from` included, `to` not. */
export const period =
  (name: string): FilterRead =>
  (row, value) => {
    const from = value.at('from');
    const to = value.at('to');
    return and([
      from.isGiven ? sql`${row.column(name)} >= ${from.bind('instant')}` : undefined,
      to.isGiven ? sql`${row.column(name)} < ${to.bind('instant')}` : undefined,
    ]);
  };

/** What staff alone may filter by; for others the filter is as if it were not there. */
export const staffOnly =
  (filter: FilterRead): FilterRead =>
  (row, value, scope, whole) =>
    scope.viewer.isStaff ? filter(row, value, scope, whole) : undefined;
