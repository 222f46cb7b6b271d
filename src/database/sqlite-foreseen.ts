import type { EntityManager, EntityMetadata } from '@mikro-orm/core';
import { sql } from 'kysely';
import type { Id } from '../shared/id.js';
import { join, namesOf, type Sql, sqlite, type ValueType } from './dialect.js';
import { type Column, EntityRows, type Fields } from './entity-rows.js';
import type { Links } from './entry-table.js';
import type { ForeseenWrite, ForeseenWrites } from './foreseen-writes.js';
import { KeptTexts } from './kept-texts.js';

/** The foreseen writes of an entity's table on SQLite: a constraint that is violated takes them back. */
export class SqliteForeseenWrites implements Pick<ForeseenWrites, 'insert' | 'update' | 'add'> {
  private readonly rows: EntityRows;
  private readonly texts = new KeptTexts(sqlite);

  constructor(private readonly meta: EntityMetadata) {
    this.rows = new EntityRows(sqlite, meta);
  }

  insert(em: EntityManager, fields: Fields, { table, keys: [own, other], ids, copied = {} }: Links): ForeseenWrite {
    const { columns, values } = this.rows.made(fields, em);
    const statement = this.texts.of('insert', () => insertion(this.meta.tableName, names(columns)));
    const ofAll = Object.values(copied);
    const link = this.texts.of(table, () => insertion(table, [own, other, ...Object.keys(copied)]));
    return { statement, values, links: { statement: link, rows: ids.map((id) => [id, ...ofAll]) } };
  }

  update(
    em: EntityManager,
    id: Id,
    fields: Fields,
    derived: readonly string[],
    expectedVersion?: number | null,
  ): ForeseenWrite {
    const { columns, values } = this.rows.given(fields, derived, em);
    const versions = typeof expectedVersion === 'number' ? [expectedVersion] : [];
    const statement = this.texts.of(`update ${versions.length} ${names(columns).join()}`, () =>
      this.change(columns, versions.length > 0),
    );
    return { statement, values: [...values, now(), id, ...versions, ...values], id };
  }

  add(id: Id, field: string, delta: number, { least, most }: { least: number; most: number }): ForeseenWrite {
    const statement = this.texts.of(`add ${field}`, () => {
      const column = sql.ref(this.rows.columnNameOf(field));
      const isWithin = sql`${column} between ${given('integer')} and ${given('integer')}`;
      return this.changing(sql`${column} = ${column} + ${given('integer')}`, isWithin);
    });
    return { statement, values: [delta, now(), id, least, most], id };
  }

  private change(columns: readonly Column[], isVersionExpected: boolean): Sql {
    const assignments = columns.map(({ name }) => sql`${sql.ref(name)} = ${PARAMETER}`);
    const differences = columns.map(({ name }) => sql`${sql.ref(name)} is not ${PARAMETER}`);
    const isExpected = isVersionExpected ? sql`version = ${given('integer')} and ` : sql``;
    return this.changing(join(assignments, sql`, `), sql`${isExpected}(${join(differences, sql` or `)})`);
  }

  private changing(assignments: Sql, condition: Sql): Sql {
    const bookkeeping = sql`version = version + 1, updated_at = ${PARAMETER}`;
    return sql`update ${sql.table(this.meta.tableName)} set ${assignments}, ${bookkeeping} where id = ${given('integer')} and ${condition}`;
  }
}

const now = () => sqlite.toDriver(new Date(), 'instant');

/** A value of a run; in the order of the text. */
const PARAMETER = sql`${undefined}`;
const given = (type: ValueType) => sqlite.bind(undefined, type);

const names = (columns: readonly Column[]) => columns.map(({ name }) => name);

function insertion(table: string, columns: readonly string[]): Sql {
  const parameters = columns.map(() => PARAMETER);
  return sql`insert into ${sql.table(table)} (${namesOf(columns)}) values (${join(parameters, sql`, `)})`;
}
