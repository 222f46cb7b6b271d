import type { EntityManager, EntityMetadata } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import { sql } from 'kysely';
import { NotFoundError } from '../errors.js';
import type { Entry } from '../shared/entry.js';
import { type Id, toId } from '../shared/id.js';
import { boundInsert, boundQuery } from './bound-query.js';
import { insertLinks } from './bulk-statements.js';
import { constant, type Dialect, join, namesOf, postgresql, type Sql, sqlite } from './dialect.js';
import { type Change, type Column, EntityRows, type Fields, type StoredFields } from './entity-rows.js';
import { KeptTexts } from './kept-texts.js';
import { assertVersion } from './unit-of-work.js';

/** The dialect of the database that a unit of work is on. */
export const dialectOf = (em: EntityManager): Dialect =>
  (em as SqlEntityManager).getPlatform().getDefaultSchemaName() === undefined ? sqlite : postgresql;

/** What a new entry is linked to. */
export interface Links {
  /** The table that links both. */
  readonly table: string;
  /** Its columns: of the entry, and of the others. */
  readonly keys: readonly [own: string, other: string];
  /** The others. */
  readonly ids: readonly Id[];
  /** Values of the entry that each link has, too, by column: triggers would look for them. */
  readonly copied?: Readonly<Record<string, unknown>>;
  /** The setting by which a transaction of PostgreSQL's tells its triggers the id of the new entry. */
  readonly madeSetting?: string;
}

const tables = new WeakMap<EntityMetadata, EntryTable>();

/**
 * Reads, makes and changes single entries by statements that stay prepared, within the transaction of a unit of work but
 * past its entities. For what is written often: to load, compare and persist entities costs several times what the
 * statements do (see bench/RESULTS.md). It goes by the entity's own declaration.
 */
export class EntryTable {
  private readonly rows: EntityRows;
  private readonly texts: KeptTexts;

  private constructor(
    private readonly dialect: Dialect,
    private readonly meta: EntityMetadata,
  ) {
    this.rows = new EntityRows(dialect, meta);
    this.texts = new KeptTexts(dialect);
  }

  /** The table of an entity. */
  static of(em: EntityManager, entity: new () => Entry): EntryTable {
    const meta: EntityMetadata = em.getMetadata(entity);
    const kept = tables.get(meta) ?? new EntryTable(dialectOf(em), meta);
    tables.set(meta, kept);
    return kept;
  }

  /**
   * An entry to be changed, locked until the transaction ends.
   * @throws NotFoundError, or VersionConflictError where another version than the expected one is there
   */
  async getForUpdate(em: EntityManager, id: string, expectedVersion?: number | null): Promise<StoredFields> {
    const text = this.text('get', () => {
      const lock = this.dialect.kind === 'postgresql' ? sql` for update` : sql``;
      return sql`select ${namesIn(this.rows.columns)} from ${this.table} where id = ${this.parameter('integer')}${lock}`;
    });
    const [row] = await boundQuery<Fields>(em, text, [toId(id)]);
    if (!row) throw new NotFoundError(this.meta.className, id);
    const stored = this.rows.toFields(row);
    assertVersion(this.meta.className, stored, expectedVersion);
    return stored;
  }

  /** Which of these slugs it has. */
  async findTakenSlugs(em: EntityManager, slugs: readonly string[]): Promise<Set<string>> {
    const { dialect } = this;
    const text = this.text('slugs', () => {
      return sql`select slug from ${this.table} where ${dialect.isIn(sql.ref('slug'), undefined, 'text')}`;
    });
    const rows = await boundQuery<{ slug: string }>(em, text, [dialect.toDriverList(slugs)]);
    return new Set(rows.map(({ slug }) => slug));
  }

  /** Makes an entry, with its links. @throws UniqueConstraintViolationException */
  async insert(em: EntityManager, fields: Fields, links?: Links): Promise<{ id: Id }> {
    const { columns, values } = this.rows.made(fields, em);
    // SQLite tells the id by itself; with `returning` it keeps each page that changes, to be able to take it back.
    const isToldId = this.dialect.kind === 'sqlite';
    if (!isToldId && links && links.ids.length > 0) return this.insertWithLinks(em, columns, values, links);
    const text = this.text('insert', () => sql`${this.insertion(columns)}${isToldId ? sql`` : sql` returning id`}`);
    const id = await boundInsert(em, text, values);
    if (links) {
      const rows = links.ids.map((other): [Id, Id] => [id, other]);
      await insertLinks(em, this.dialect, links.table, links.keys, rows);
    }
    return { id };
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

  /** In one statement, which waits for PostgreSQL once. */
  private async insertWithLinks(
    em: EntityManager,
    columns: readonly Column[],
    values: readonly unknown[],
    { table, keys: [own, other], ids, madeSetting }: Links,
  ): Promise<{ id: Id }> {
    const text = this.text(`insert with ${table}`, () => {
      const given = this.dialect.bind(undefined, 'integer');
      const isSaid = madeSetting
        ? sql` where set_config(${constant(madeSetting)}, made.id::text, true) is not null`
        : sql``;
      const linked = sql`insert into ${sql.table(table)} (${sql.ref(own)}, ${sql.ref(other)}) select made.id, other.id from made cross join unnest(${given}[]) as other(id)${isSaid}`;
      return sql`with made as (${this.insertion(columns)} returning id), linked as (${linked}) select id from made`;
    });
    return { id: await boundInsert(em, text, [...values, this.dialect.toDriverList(ids)]) };
  }

  private insertion(columns: readonly Column[]): Sql {
    const values = join(
      columns.map(() => sql`${undefined}`),
      sql`, `,
    );
    return sql`insert into ${this.table} (${namesIn(columns)}) values (${values})`;
  }

  private get table(): Sql {
    return sql.table(this.meta.tableName);
  }

  private parameter(type: 'integer'): Sql {
    return this.dialect.bind(undefined, type);
  }

  private text(key: string, write: () => Sql): string {
    return this.texts.of(key, write).sql;
  }
}

const namesIn = (columns: readonly Column[]): Sql => namesOf(columns.map(({ name }) => name));
