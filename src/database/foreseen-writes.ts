import type { EntityManager, EntityMetadata } from '@mikro-orm/core';
import { sql } from 'kysely';
import type { Id } from '../shared/id.js';
import { constant, join, namesOf, postgresql, type Sql } from './dialect.js';
import { type Column, EntityRows, type Fields } from './entity-rows.js';
import type { Links } from './entry-table.js';
import { KeptTexts } from './kept-texts.js';
import { MADE_PRODUCT } from './made-entry.js';
import type { SqlText } from './statements.js';

/**
 * A write of one entry that takes no look at the database first. Where anything is in its way it either has no effect or
 * fails, and says no more about it.
 */
export interface ForeseenWrite {
  /** On PostgreSQL what follows `with signed as (…),`: has a row where it had its effect, and none where `signed` has none. */
  readonly statement: SqlText;
  readonly values: readonly unknown[];
  /** The entry that it changes; undefined for one that it makes. */
  readonly id?: Id;
  /** On SQLite, what links a new entry: it runs for each of these rows, with the entry's id in front. */
  readonly links?: { readonly statement: SqlText; readonly rows: readonly (readonly unknown[])[] };
}

/** The foreseen writes of an entity's table on PostgreSQL. */
export class ForeseenWrites {
  private readonly rows: EntityRows;
  private readonly texts = new KeptTexts(postgresql);

  constructor(private readonly meta: EntityMetadata) {
    this.rows = new EntityRows(postgresql, meta);
  }

  /** Makes an entry with its links, unless its slug is taken. */
  insert(em: EntityManager, fields: Fields, links: Links): ForeseenWrite {
    const { columns, values } = this.rows.made(fields, em);
    if (links.ids.length === 0) return { statement: this.texts.of('insert', () => this.insertion(columns)), values };
    const statement = this.texts.of(`insert ${links.table}`, () => this.insertion(columns, links));
    return { statement, values: [...values, ...valuesOf(links)] };
  }

  /**
   * Changes fields of an entry, unless they are as they are to be, another version than the expected one is there, or
   * somebody else is changing it.
   * @param fields all from which the derived ones follow
   * @param derived names of the fields that follow from these
   */
  update(
    em: EntityManager,
    id: Id,
    fields: Fields,
    derived: readonly string[],
    expectedVersion?: number | null,
  ): ForeseenWrite {
    const { columns, values } = this.rows.given(fields, derived, em);
    const versions = typeof expectedVersion === 'number' ? [expectedVersion] : [];
    const key = `update ${versions.length} ${columns.map(({ name }) => name).join()}`;
    const statement = this.texts.of(key, () => this.change(columns, versions.length > 0));
    return { statement, values: [id, ...versions, ...values, now(), ...values], id };
  }

  /** Adds to a number of an entry where it is within limits, unless somebody else is changing the entry. */
  add(id: Id, field: string, delta: number, limits: { least: number; most: number }): ForeseenWrite {
    const statement = this.texts.of(`add ${field}`, () => {
      const column = sql.ref(this.rows.columnNameOf(field));
      const isWithin = sql`entry.${column} between ${PARAMETER} and ${PARAMETER}`;
      return this.changing(sql``, sql`${column} = entry.${column} + ${PARAMETER}`, isWithin);
    });
    return { statement, values: [id, delta, now(), limits.least, limits.most], id };
  }

  private insertion(columns: readonly Column[], links?: Links): Sql {
    const given = join(
      columns.map(() => PARAMETER),
      sql`, `,
    );
    const made = sql`insert into ${this.table} (${namesOf(columns.map(({ name }) => name))}) select ${given} from signed on conflict (slug) do nothing returning id`;
    const named = sql`select id from made where set_config(${constant(MADE_PRODUCT)}, id::text, true) is not null`;
    return sql`made as (${made}), named as (${named})${links ? linking(links) : sql``} select id from named`;
  }

  private change(columns: readonly Column[], isVersionExpected: boolean): Sql {
    const isExpected = isVersionExpected ? sql` and version = ${PARAMETER}` : sql``;
    const assignments = columns.map(({ name }) => sql`${sql.ref(name)} = ${PARAMETER}`);
    const differences = columns.map(({ name }) => sql`entry.${sql.ref(name)} is distinct from ${PARAMETER}`);
    return this.changing(isExpected, join(assignments, sql`, `), join(differences, sql` or `));
  }

  private changing(isExpected: Sql, assignments: Sql, condition: Sql): Sql {
    // Whoever has it may wait for this transaction's events in turn.
    const free = sql`select id from ${this.table} where id = ${PARAMETER}${isExpected} for update skip locked`;
    const bookkeeping = sql`version = entry.version + 1, updated_at = ${PARAMETER}`;
    return sql`free as (${free}) update ${this.table} as entry set ${assignments}, ${bookkeeping} from signed, free where entry.id = free.id and (${condition}) returning entry.id`;
  }

  private get table(): Sql {
    return sql.table(this.meta.tableName);
  }
}

const now = () => postgresql.toDriver(new Date(), 'instant');

/** A value of a run; in the order of the text. */
const PARAMETER = sql`${undefined}`;

const valuesOf = ({ ids, copied = {} }: Links): unknown[] => [...Object.values(copied), postgresql.toDriverList(ids)];

function linking({ table, keys: [own, other], copied = {} }: Links): Sql {
  const copies = Object.keys(copied);
  const values = join([sql`named.id`, sql`other.id`, ...copies.map(() => PARAMETER)], sql`, `);
  return sql`, linked as (insert into ${sql.table(table)} (${namesOf([own, other, ...copies])}) select ${values} from named cross join unnest(${PARAMETER}::integer[]) as other(id))`;
}
