import type { EntityManager, EntityMetadata, EntityName } from '@mikro-orm/core';
import { sql } from 'kysely';
import type { Id } from '../shared/id.js';
import { boundQuery, boundSql } from './bound-query.js';
import { insertColumns, insertRows, updateRows } from './bulk-statements.js';
import type { Database } from './database.js';
import { type Dialect, namesOf, type Sql } from './dialect.js';
import { type Change, type Column, EntityRows, type Fields, type StoredFields } from './entity-rows.js';

/** Values of many rows by property, each at the same place of every column. */
export interface FieldColumns {
  readonly [property: string]: readonly unknown[];
}

/**
 * Reads, inserts and changes many rows of an entity, each in one statement. It goes by the entity's own declaration:
 * derived columns (`onCreate`, `onUpdate`) and the version are right without the unit of work.
 */
export class BulkTable {
  private readonly dialect: Dialect;
  private readonly rows: EntityRows;

  constructor({ orm, dialect }: Pick<Database, 'orm' | 'dialect'>, entity: EntityName<object>) {
    this.dialect = dialect;
    this.rows = new EntityRows(dialect, orm.em.getMetadata(entity) as EntityMetadata);
  }

  /** The rows with these slugs, by slug; nobody else changes them until the transaction ends. */
  async findBySlugs(em: EntityManager, slugs: readonly string[]): Promise<Map<string, StoredFields>> {
    const { dialect } = this;
    const names = namesOf(this.rows.columns.map(({ name }) => name));
    const isWanted = dialect.isIn(sql.ref('slug'), dialect.toDriverList(slugs), 'text');
    // In one order, so that two who lock the same rows can't wait for each other. SQLite has one writer anyway.
    const lock = dialect.kind === 'postgresql' ? sql`order by id for update` : sql``;
    const rows = await this.run<Fields>(em, sql`select ${names} from ${this.table} where ${isWanted} ${lock}`);
    return new Map(rows.map((row) => this.rows.toFields(row)).map((fields) => [fields.slug, fields]));
  }

  /**
   * Inserts rows. A row that brings an id keeps it where it is free, and gets another one where it is not.
   * @returns the ids by slug
   */
  async insert(em: EntityManager, rows: readonly Fields[]): Promise<Map<string, Id>> {
    const freeIds = await this.claimIds(em, rows.map(idOf));
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

  /**
   * Inserts rows that are given by columns, which takes least time where there are thousands.
   * @param columns by property: each that the entity has, with every value that a row gets by itself elsewhere, and the
   * ids that `takeIds` gave
   */
  insertColumns(em: EntityManager, columns: FieldColumns): Promise<void> {
    const values = this.rows.columns.map((column) => this.valuesOf(column, columns));
    return insertColumns(em, this.dialect, this.rows.table, this.rows.columns, values);
  }

  /** An id for each row to be inserted: that which it brings, where it is free, or the next one. */
  async takeIds(em: EntityManager, brought: readonly (Id | undefined)[]): Promise<Id[]> {
    const freeIds = await this.claimIds(em, brought);
    // Taken out of the set: of two rows with the same id, the first keeps it.
    const kept = brought.map((id) => (id !== undefined && freeIds.delete(id) ? id : undefined));
    const taken = kept.filter((id) => id !== undefined);
    if (taken.length > 0) await this.moveSequence(em, Math.max(...taken));
    const next = await this.nextIds(em, kept.length - taken.length, taken);
    let given = 0;
    return kept.map((id) => id ?? (next[given++] as Id));
  }

  /** Changes rows that were read before: each gets its next version and its derived columns. */
  async update(em: EntityManager, changes: readonly Change[]): Promise<void> {
    const given = new Set(changes.flatMap(({ changed }) => Object.keys(changed)));
    const columns = this.rows.columnsOf(given);
    const rows = changes.map((change) => this.rows.updated(change, em));
    await updateRows(em, this.dialect, this.rows.table, columns, this.tuples(columns, rows));
  }

  private get table(): Sql {
    return sql.table(this.rows.table);
  }

  private run<Row>(em: EntityManager, statement: Sql): Promise<Row[]> {
    return boundSql<Row>(em, this.dialect, statement);
  }

  private valuesOf({ property: { name, runtimeType } }: Column, columns: FieldColumns): readonly unknown[] {
    const values = columns[name];
    if (!values) throw new Error(`The column of ${name} is missing.`);
    if (runtimeType !== 'Date' && runtimeType !== 'boolean') return values;
    const type = runtimeType === 'Date' ? 'instant' : 'text';
    // Most rows have the same one.
    const known = new Map<unknown, unknown>();
    return values.map((value) => {
      if (!known.has(value)) known.set(value, this.dialect.toDriver(value, type));
      return known.get(value);
    });
  }

  /** Ids that nobody has had. @param taken what rows of this transaction bring: SQLite's counter does not know yet */
  private async nextIds(em: EntityManager, count: number, taken: readonly Id[]): Promise<Id[]> {
    if (count === 0) return [];
    const { table } = this.rows;
    if (this.dialect.kind === 'postgresql') {
      const next =
        'select nextval(sequence)::int as id from (select pg_get_serial_sequence($1, $2)::regclass as sequence offset 0) as owned, generate_series(1, $3)';
      return (await boundQuery<{ id: Id }>(em, next, [table, 'id', count])).map(({ id }) => id);
    }
    const last = 'select max(seq) as id from sqlite_sequence where name = ?';
    const [row] = await boundQuery<{ id: Id | null }>(em, last, [table]);
    const behind = Math.max(row?.id ?? 0, ...taken);
    return Array.from({ length: count }, (_, index) => behind + 1 + index);
  }

  private async insertWithIds(em: EntityManager, rows: Fields[]) {
    const inserted = await this.insertPart(em, rows);
    if (rows.length > 0) await this.moveSequence(em, Math.max(...rows.map(({ id }) => id as Id)));
    return inserted;
  }

  /** Inserts rows of one shape. A column that none of them has is left to the database. */
  private insertPart(em: EntityManager, rows: Fields[]) {
    const columns = this.rows.columns.filter(({ property }) => rows.some((row) => row[property.name] !== undefined));
    return insertRows(em, this.dialect, this.rows.table, columns, this.tuples(columns, rows));
  }

  private created(row: Fields, freeIds: Set<Id>, em: EntityManager): Fields {
    // Taken out of the set: of two rows with the same id, the first keeps it.
    const keepsId = hasId(row) && freeIds.delete(row.id as Id);
    return this.rows.created({ ...row, id: keepsId ? row.id : undefined }, em);
  }

  private tuples(columns: readonly Column[], rows: readonly Fields[]): unknown[][] {
    return rows.map((row) => this.rows.tuple(columns, row));
  }

  /**
   * The ids among these that nobody has. On PostgreSQL nobody inserts until the transaction ends: else one could
   * take such an id, or the next one of the sequence, before the sequence has moved on.
   */
  private async claimIds(em: EntityManager, ids: readonly (Id | undefined)[]): Promise<Set<Id>> {
    const free = new Set(ids.filter((id) => id !== undefined));
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
    await boundQuery(em, move, [id, this.rows.table, 'id']);
  }
}

const idOf = (row: Fields) => row.id as Id | undefined;
const hasId = (row: Fields) => row.id !== undefined;
