import {
  type EntityManager,
  type EntityMetadata,
  type EntityName,
  type EntityProperty,
  ReferenceKind,
} from '@mikro-orm/core';
import { sql } from 'kysely';
import type { Id } from '../shared/id.js';
import { boundQuery, boundSql } from './bound-query.js';
import { type BulkColumn, insertRows, updateRows } from './bulk-statements.js';
import type { Database } from './database.js';
import type { Dialect, Sql } from './dialect.js';

/** A row as the code sees it: values by property, a reference as the key it holds. */
export type Fields = Record<string, unknown>;

/** A row that is there. */
export type StoredFields = Fields & { id: Id; slug: string; version: number };

/** What a row is to become. */
export interface Change {
  stored: StoredFields;
  changed: Fields;
}

interface Column extends BulkColumn {
  property: EntityProperty;
}

/**
 * Reads, inserts and changes many rows of an entity, each in one statement. It goes by the entity's own declaration:
 * derived columns (`onCreate`, `onUpdate`) and the version are right without the unit of work.
 */
export class BulkTable {
  private readonly meta: EntityMetadata;
  private readonly dialect: Dialect;
  private readonly columns: readonly Column[];

  constructor({ orm, dialect }: Pick<Database, 'orm' | 'dialect'>, entity: EntityName<object>) {
    this.dialect = dialect;
    this.meta = orm.em.getMetadata(entity) as EntityMetadata;
    this.columns = this.meta.props.filter(isColumn).map(toColumn);
  }

  /** The rows with these slugs, by slug; nobody else changes them until the transaction ends. */
  async findBySlugs(em: EntityManager, slugs: readonly string[]): Promise<Map<string, StoredFields>> {
    const { dialect } = this;
    const names = sql.join(this.columns.map(({ name }) => sql.ref(name)));
    const isWanted = dialect.isIn(sql.ref('slug'), dialect.toDriverList(slugs), 'text');
    // In one order, so that two who lock the same rows can't wait for each other. SQLite has one writer anyway.
    const lock = dialect.kind === 'postgresql' ? sql`order by id for update` : sql``;
    const rows = await this.run<Fields>(em, sql`select ${names} from ${this.table} where ${isWanted} ${lock}`);
    return new Map(rows.map((row) => this.toFields(row)).map((fields) => [fields.slug, fields]));
  }

  /**
   * Inserts rows. A row that brings an id keeps it where it is free, and gets another one where it is not.
   * @returns the ids by slug
   */
  async insert(em: EntityManager, rows: readonly Fields[]): Promise<Map<string, Id>> {
    const freeIds = await this.claimIds(em, rows);
    const created = rows.map((row) => this.created(row, freeIds, em));
    const inserted = [
      ...(await this.insertWithIds(em, created.filter(hasId))),
      ...(await this.insertPart(
        em,
        created.filter((row) => !hasId(row)),
      )),
    ];
    return new Map(inserted.map(({ id, slug }) => [slug, id]));
  }

  /** Changes rows that were read before: each gets its next version and its derived columns. */
  async update(em: EntityManager, changes: readonly Change[]): Promise<void> {
    const given = new Set(changes.flatMap(({ changed }) => Object.keys(changed)));
    const columns = this.columns.filter(
      ({ property }) => property.primary || property.version || property.onUpdate || given.has(property.name),
    );
    const rows = changes.map((change) => this.updated(change, em));
    await updateRows(em, this.dialect, this.meta.tableName, columns, this.tuples(columns, rows));
  }

  private get table(): Sql {
    return sql.table(this.meta.tableName);
  }

  private run<Row>(em: EntityManager, statement: Sql): Promise<Row[]> {
    return boundSql<Row>(em, this.dialect, statement);
  }

  private async insertWithIds(em: EntityManager, rows: Fields[]) {
    const inserted = await this.insertPart(em, rows);
    if (rows.length > 0) await this.moveSequence(em, Math.max(...rows.map(({ id }) => id as Id)));
    return inserted;
  }

  /** Inserts rows of one shape. A column that none of them has is left to the database. */
  private insertPart(em: EntityManager, rows: Fields[]) {
    const columns = this.columns.filter(({ property }) => rows.some((row) => row[property.name] !== undefined));
    return insertRows(em, this.dialect, this.meta.tableName, columns, this.tuples(columns, rows));
  }

  private toFields(row: Fields): StoredFields {
    const entries = this.columns.map(({ property, name }) => [property.name, toCode(row[name], property)]);
    return Object.fromEntries(entries) as StoredFields;
  }

  private created(row: Fields, freeIds: Set<Id>, em: EntityManager): Fields {
    // Taken out of the set: of two rows with the same id, the first keeps it.
    const keepsId = hasId(row) && freeIds.delete(row.id as Id);
    const complete: Fields = { ...row, id: keepsId ? row.id : undefined };
    for (const { property } of this.columns) {
      complete[property.name] ??= property.version ? 1 : property.onCreate?.(complete, em);
    }
    return complete;
  }

  private updated({ stored, changed }: Change, em: EntityManager): Fields {
    const complete: Fields = { ...stored, ...changed, version: stored.version + 1 };
    for (const { property } of this.columns) {
      if (property.onUpdate) complete[property.name] = property.onUpdate(complete, em);
    }
    return complete;
  }

  private tuples(columns: readonly Column[], rows: readonly Fields[]): unknown[][] {
    const { dialect } = this;
    return rows.map((row) =>
      columns.map(({ property: { name, runtimeType } }) =>
        dialect.toDriver(row[name] ?? null, runtimeType === 'Date' ? 'instant' : 'text'),
      ),
    );
  }

  /**
   * The ids among the rows that nobody has. On PostgreSQL nobody inserts until the transaction ends: else one could
   * take such an id, or the next one of the sequence, before the sequence has moved on.
   */
  private async claimIds(em: EntityManager, rows: readonly Fields[]): Promise<Set<Id>> {
    const free = new Set(rows.filter(hasId).map(({ id }) => id as Id));
    if (free.size === 0) return free;
    const { dialect, table } = this;
    if (dialect.kind === 'postgresql') await this.run(em, sql`lock table ${table} in share row exclusive mode`);
    const isWanted = dialect.isIn(sql.ref('id'), dialect.toDriverList([...free]), 'integer');
    for (const { id } of await this.run<{ id: Id }>(em, sql`select id from ${table} where ${isWanted}`))
      free.delete(id);
    return free;
  }

  /** Lets PostgreSQL's sequence go on behind an id that it did not give itself; SQLite looks at the table. */
  private async moveSequence(em: EntityManager, id: Id): Promise<void> {
    if (this.dialect.kind === 'sqlite') return;
    const move =
      'select setval(sequence, $1::bigint) from (select pg_get_serial_sequence($2, $3)::regclass as sequence) as owned ' +
      'where coalesce(pg_sequence_last_value(sequence), 0) < $1::bigint';
    await boundQuery(em, move, [id, this.meta.tableName, 'id']);
  }
}

const hasId = (row: Fields) => row.id !== undefined;

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
