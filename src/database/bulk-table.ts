import type { EntityManager, EntityMetadata, EntityName } from '@mikro-orm/core';
import { sql } from 'kysely';
import type { Id } from '../shared/id.js';
import { boundQuery, boundSql } from './bound-query.js';
import { insertRows, updateRows } from './bulk-statements.js';
import type { Database } from './database.js';
import type { Dialect, Sql } from './dialect.js';
import { type Change, type Column, EntityRows, type Fields, type StoredFields } from './entity-rows.js';

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
    const names = sql.join(this.rows.columns.map(({ name }) => sql.ref(name)));
    const isWanted = dialect.isIn(sql.ref('slug'), dialect.toDriverList(slugs), 'text');
    // In one order, so that two who lock the same rows can't wait for each other. SQLite has one writer anyway.
    const lock = dialect.kind === 'postgresql' ? sql`order by id for update` : sql``;
    const rows = await this.run<Fields>(em, sql`select ${names} from ${this.table} where ${isWanted} ${lock}`);
    return new Map(rows.map((row) => this.rows.toFields(row)).map((fields) => [fields.slug, fields]));
  }

  /**
   * Inserts rows. A row that brings an id keeps it where it is free, and gets another one where it is not.
   * @param isRowByRow see `insertRows`
   * @returns the ids by slug
   */
  async insert(em: EntityManager, rows: readonly Fields[], isRowByRow?: boolean): Promise<Map<string, Id>> {
    const freeIds = await this.claimIds(em, rows);
    const created = rows.map((row) => this.created(row, freeIds, em));
    const inserted = [
      ...(await this.insertWithIds(em, created.filter(hasId), isRowByRow)),
      ...(await this.insertPart(
        em,
        created.filter((row) => !hasId(row)),
        isRowByRow,
      )),
    ];
    return new Map(inserted.map(({ id, slug }) => [slug, id]));
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

  private async insertWithIds(em: EntityManager, rows: Fields[], isRowByRow?: boolean) {
    const inserted = await this.insertPart(em, rows, isRowByRow);
    if (rows.length > 0) await this.moveSequence(em, Math.max(...rows.map(({ id }) => id as Id)));
    return inserted;
  }

  /** Inserts rows of one shape. A column that none of them has is left to the database. */
  private insertPart(em: EntityManager, rows: Fields[], isRowByRow?: boolean) {
    const columns = this.rows.columns.filter(({ property }) => rows.some((row) => row[property.name] !== undefined));
    return insertRows(em, this.dialect, this.rows.table, columns, this.tuples(columns, rows), isRowByRow);
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
    await boundQuery(em, move, [id, this.rows.table, 'id']);
  }
}

const hasId = (row: Fields) => row.id !== undefined;
