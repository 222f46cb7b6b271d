import { type EntityManager, type EntityMetadata, type EntityProperty, ReferenceKind } from '@mikro-orm/core';
import type { Id } from '../shared/id.js';
import type { BulkColumn } from './bulk-statements.js';
import type { Dialect } from './dialect.js';

/** A row as the code sees it: values by property, a reference as the key it holds. */
export type Fields = Record<string, unknown>;

/** A row that is there. */
export type StoredFields = Fields & { id: Id; slug: string; version: number };

/** What a row is to become. */
export interface Change {
  stored: StoredFields;
  changed: Fields;
}

export interface Column extends BulkColumn {
  property: EntityProperty;
}

/**
 * The rows of an entity's table by the entity's own declaration: derived columns (`onCreate`, `onUpdate`) and the version
 * are right without the unit of work.
 */
export class EntityRows {
  readonly table: string;
  readonly columns: readonly Column[];

  constructor(
    private readonly dialect: Dialect,
    meta: EntityMetadata,
  ) {
    this.table = meta.tableName;
    this.columns = meta.props.filter(isColumn).map(toColumn);
  }

  /** A row as the driver hands it out. */
  toFields(row: Fields): StoredFields {
    const fields: Fields = {};
    for (const { property, name } of this.columns) fields[property.name] = toCode(row[name], property);
    return fields as StoredFields;
  }

  /** The columns of a new row, but for the key that the database gives it, with their values. */
  made(fields: Fields, em: EntityManager) {
    const columns = this.columns.filter(({ property }) => !property.primary);
    return { columns, values: this.tuple(columns, this.created(fields, em)) };
  }

  /** A new row with all that it gets by itself. */
  created(fields: Fields, em: EntityManager): Fields {
    const complete = { ...fields };
    for (const { property } of this.columns) {
      complete[property.name] ??= property.version ? 1 : property.onCreate?.(complete, em);
    }
    return complete;
  }

  /** A row after a change, with its next version and what follows from the change. */
  updated({ stored, changed }: Change, em: EntityManager): Fields {
    const complete: Fields = { ...stored, ...changed, version: stored.version + 1 };
    for (const { property } of this.columns) {
      if (property.onUpdate) complete[property.name] = property.onUpdate(complete, em);
    }
    return complete;
  }

  /** The columns of fields, and of those that follow from them, with their values. @param derived names of the fields that follow */
  given(fields: Fields, derived: readonly string[], em: EntityManager) {
    const complete = { ...fields };
    for (const { property } of this.columns) {
      if (derived.includes(property.name)) complete[property.name] = property.onUpdate?.(fields, em);
    }
    const columns = this.columns.filter(({ property }) => complete[property.name] !== undefined);
    return { columns, values: this.tuple(columns, complete) };
  }

  /** The column of a property. */
  columnNameOf(name: string): string {
    return this.columns.find(({ property }) => property.name === name)?.name ?? name;
  }

  /** The columns that a change of these properties writes. */
  columnsOf(changed: ReadonlySet<string>): readonly Column[] {
    return this.columns.filter(
      ({ property }) => property.primary || property.version || property.onUpdate || changed.has(property.name),
    );
  }

  /** A row's values in the order of columns, as the driver takes them. */
  tuple(columns: readonly Column[], row: Fields): unknown[] {
    return columns.map(({ property: { name, runtimeType } }) =>
      this.dialect.toDriver(row[name] ?? null, runtimeType === 'Date' ? 'instant' : 'text'),
    );
  }
}

/** The fields that are given and differ. */
export function changesOf(stored: StoredFields, fields: Fields): Fields {
  const changed: Fields = {};
  for (const name in fields) {
    const value = fields[name];
    if (value !== undefined && value !== stored[name]) changed[name] = value;
  }
  return changed;
}

const isColumn = ({ kind, persist, generated }: EntityProperty) =>
  (kind === ReferenceKind.SCALAR || kind === ReferenceKind.MANY_TO_ONE) && persist !== false && !generated;

function toColumn(property: EntityProperty): Column {
  const type = property.columnTypes[0] ?? 'text';
  // "serial" is a way to declare a column, no type that a value can be cast to.
  return { property, name: property.fieldNames[0] ?? property.name, type: type === 'serial' ? 'int' : type };
}

/** A value as the code has it: the drivers hand out a bigint as text, and SQLite a boolean as a number. */
function toCode(value: unknown, { runtimeType }: EntityProperty): unknown {
  if (value === null) return null;
  if (runtimeType === 'boolean') return Boolean(value);
  return runtimeType === 'number' ? Number(value) : value;
}
