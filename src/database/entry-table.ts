import type { EntityManager, EntityMetadata } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { NotFoundError } from '../errors.js';
import type { Entry } from '../shared/entry.js';
import { type Id, toId } from '../shared/id.js';
import { boundInsert, boundQuery } from './bound-query.js';
import { type Dialect, join, postgresql, type Sql, sqlite } from './dialect.js';
import { type Change, type Column, EntityRows, type Fields, type StoredFields } from './entity-rows.js';
import { assertVersion } from './unit-of-work.js';

/** The dialect of the database that a unit of work is on. */
export const dialectOf = (em: EntityManager): Dialect =>
  (em as SqlEntityManager).getPlatform().getDefaultSchemaName() === undefined ? sqlite : postgresql;

const tables = new WeakMap<EntityMetadata, EntryTable>();

/**
 * Reads, makes and changes single entries by statements that stay prepared, within the transaction of a unit of work but
 * past its entities. For what is written often: to load, compare and persist entities costs several times what the
 * statements do (see bench/RESULTS.md). It goes by the entity's own declaration.
 */
export class EntryTable {
  private readonly rows: EntityRows;
  private readonly texts = new Map<string, string>();

  private constructor(
    private readonly dialect: Dialect,
    private readonly meta: EntityMetadata,
  ) {
    this.rows = new EntityRows(dialect, meta);
  }

  /** The table of an entity. */
  static of(em: EntityManager, entity: new () => Entry): EntryTable {
    const meta: EntityMetadata = em.getMetadata(entity);
    const kept = tables.get(meta) ?? new EntryTable(dialectOf(em), meta);
    tables.set(meta, kept);
    return kept;
  }

  /** Whether there is an entry; it may be gone before the transaction ends, and a foreign key knows. */
  async has(em: EntityManager, id: Id): Promise<boolean> {
    const text = this.text('has', () => sql`select 1 from ${this.table} where id = ${this.parameter('integer')}`);
    return (await boundQuery(em, text, [id])).length > 0;
  }

  /** Which of these entries there are. */
  async idsAmong(em: EntityManager, ids: readonly Id[]): Promise<Set<Id>> {
    const isWanted = () => this.dialect.isIn(sql.ref('id'), undefined, 'integer');
    const text = this.text('ids', () => sql`select id from ${this.table} where ${isWanted()}`);
    const found = await boundQuery<{ id: Id }>(em, text, [this.dialect.toDriverList(ids)]);
    return new Set(found.map(({ id }) => id));
  }

  /**
   * An entry to be changed, locked until the transaction ends.
   * @throws NotFoundError, or VersionConflictError where another version than the expected one is there
   */
  async getForUpdate(em: EntityManager, id: string, expectedVersion?: number | null): Promise<StoredFields> {
    const text = this.text('get', () => {
      const lock = this.dialect.kind === 'postgresql' ? sql` for update` : sql``;
      return sql`select ${this.names(this.rows.columns)} from ${this.table} where id = ${this.parameter('integer')}${lock}`;
    });
    const [row] = await boundQuery<Fields>(em, text, [toId(id)]);
    if (!row) throw new NotFoundError(this.meta.className, id);
    const stored = this.rows.toFields(row);
    assertVersion(this.meta.className, stored, expectedVersion);
    return stored;
  }

  /** Makes an entry. @throws UniqueConstraintViolationException */
  async insert(em: EntityManager, fields: Fields): Promise<{ id: Id }> {
    const columns = this.rows.columns.filter(({ property }) => !property.primary);
    const text = this.text('insert', () => {
      const values = join(
        columns.map(() => sql`${undefined}`),
        sql`, `,
      );
      // SQLite tells the id by itself; with `returning` it keeps each page that changes, to be able to take it back.
      const returning = this.dialect.kind === 'postgresql' ? sql` returning id` : sql``;
      return sql`insert into ${this.table} (${this.names(columns)}) values (${values})${returning}`;
    });
    const values = this.rows.tuple(columns, this.rows.created(fields, em));
    return { id: await boundInsert(em, text, values) };
  }

  /** Changes an entry that was read before. @throws UniqueConstraintViolationException */
  async update(em: EntityManager, change: Change): Promise<void> {
    const changed = new Set(Object.keys(change.changed));
    const columns = this.rows.columnsOf(changed).filter(({ property }) => !property.primary);
    const text = this.text(columns.map(({ name }) => name).join(), () => {
      const assignments = columns.map(({ name }) => sql`${sql.ref(name)} = ${undefined}`);
      return sql`update ${this.table} set ${join(assignments, sql`, `)} where id = ${this.parameter('integer')}`;
    });
    const values = this.rows.tuple(columns, this.rows.updated(change, em));
    await boundQuery(em, text, [...values, change.stored.id]);
  }

  private get table(): Sql {
    return sql.table(this.meta.tableName);
  }

  private names(columns: readonly Column[]): Sql {
    return join(
      columns.map(({ name }) => sql.ref(name)),
      sql`, `,
    );
  }

  private parameter(type: 'integer'): Sql {
    return this.dialect.bind(undefined, type);
  }

  private text(key: string, write: () => Sql): string {
    const kept = this.texts.get(key) ?? write().compile(this.dialect.kysely).sql;
    this.texts.set(key, kept);
    return kept;
  }
}
