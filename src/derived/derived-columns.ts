import {
  type EntityManager,
  type EntityName,
  type EntityProperty,
  UniqueConstraintViolationException,
} from '@mikro-orm/core';
import { sql } from 'kysely';
import { Category } from '../category/category.entity.js';
import type { Config } from '../config.js';
import { boundSql } from '../database/bound-query.js';
import { updateRows } from '../database/bulk-statements.js';
import type { Database } from '../database/database.js';
import type { Sql } from '../database/dialect.js';
import { type Column, EntityRows, type Fields, type StoredFields } from '../database/entity-rows.js';
import { readSnapshot } from '../database/snapshot.js';
import { unitOfWork } from '../database/unit-of-work.js';
import { Product } from '../product/product.entity.js';
import type { Id } from '../shared/id.js';
import { Tag } from '../tag/tag.entity.js';
import { User } from '../user/user.entity.js';
import type { CheckOptions, CheckOutcome } from './wrong.js';

const ENTITIES: readonly EntityName<object>[] = [Category, Tag, Product, User];

/** Rows that are in memory at once. */
const BATCH_SIZE = 500;

/**
 * Computes the columns anew that follow from others of their row: names without case, words to be searched, the rating
 * that lists are sorted by. A statement of somebody's own changes a name without these.
 */
export async function checkDerivedColumns(
  config: Config['database'],
  database: Database,
  options: CheckOptions,
): Promise<CheckOutcome> {
  const tables = ENTITIES.map((entity) => new DerivedTable(database, entity));
  const read = <Row>(statement: Sql) => readSnapshot(config, database, (query) => query<Row>(statement));
  const outcome = { found: 0, left: 0 };
  let [done, total] = [0, 0];
  for (const { table } of tables) {
    const [row] = await read<{ rows: number | string }>(sql`select count(*) as rows from ${sql.table(table)}`);
    total += Number(row?.rows);
  }
  for (const derived of tables) {
    let rows: Fields[];
    let last: Id = 0;
    do {
      rows = await read<Fields>(derived.batchBehind(last));
      const { found, left } = await derived.check(rows, options);
      outcome.found += found;
      outcome.left += left;
      done += rows.length;
      options.onProgress?.(done, total);
      last = Number(rows.at(-1)?.id ?? last);
    } while (rows.length === BATCH_SIZE);
  }
  return outcome;
}

/** A row in which some columns are not what they follow from. */
interface WrongRow {
  id: Id;
  message: string;
}

class DerivedTable {
  readonly table: string;
  private readonly rows: EntityRows;
  private readonly columns: readonly Column[];

  constructor(
    private readonly database: Database,
    entity: EntityName<object>,
  ) {
    this.rows = new EntityRows(database.dialect, database.orm.getMetadata().get(entity));
    this.table = this.rows.table;
    this.columns = this.rows.columns.filter(({ property }) => isDerived(property));
  }

  batchBehind(id: Id): Sql {
    return sql`select * from ${sql.table(this.table)} where id > ${sql.lit(id)} order by id limit ${sql.lit(BATCH_SIZE)}`;
  }

  async check(rows: readonly Fields[], { repairs, onWrong }: CheckOptions): Promise<CheckOutcome> {
    const wrong = rows.map((row) => this.look(row)).filter((found) => found !== undefined);
    const left = repairs ? await this.repair(wrong.map(({ id }) => id)) : [];
    for (const { id, message } of wrong)
      onWrong(left.includes(id) ? `${message}; another entry has what is: rename one` : message);
    return { found: wrong.length, left: repairs ? left.length : wrong.length };
  }

  private look(row: Fields): WrongRow | undefined {
    const stored = this.rows.toFields(row);
    const derived = this.derive(stored);
    const wrong = this.columns.filter(({ property: { name } }) => derived[name] !== stored[name]);
    if (wrong.length === 0) return undefined;
    const names = wrong.map(({ name }) => name).join(' and ');
    return { id: stored.id, message: `${this.table} ${stored.id} (${stored.slug}): ${names} not as computed` };
  }

  /** Writes rows anew, from what stands in them when they are locked. @returns those that another row is in the way of */
  private async repair(ids: readonly Id[]): Promise<readonly Id[]> {
    if (ids.length === 0) return [];
    try {
      await unitOfWork(this.database, (em) => this.rewrite(em, ids));
      return [];
    } catch (error) {
      if (!(error instanceof UniqueConstraintViolationException)) throw error;
      if (ids.length === 1) return ids;
      const left: Id[] = [];
      for (const id of ids) left.push(...(await this.repair([id])));
      return left;
    }
  }

  private async rewrite(em: EntityManager, ids: readonly Id[]): Promise<void> {
    const { dialect } = this.database;
    const lock = dialect.kind === 'postgresql' ? sql`for update` : sql``;
    const rows = await boundSql<Fields>(
      em,
      dialect,
      sql`select * from ${sql.table(this.table)} where id in (${sql.join(ids)}) order by id ${lock}`,
    );
    const columns = [...this.rows.columns.filter(({ property }) => property.primary), ...this.columns];
    const tuples = rows.map((row) => {
      const stored = this.rows.toFields(row);
      return this.rows.tuple(columns, { ...stored, ...this.derive(stored) });
    });
    await updateRows(em, dialect, this.table, columns, tuples);
  }

  private derive(stored: StoredFields): Fields {
    return Object.fromEntries(
      this.columns.map(({ property }) => [property.name, property.onUpdate?.(stored, this.database.orm.em)]),
    );
  }
}

/** Computed from the rest of the row; the time of a change is not. */
const isDerived = ({ onUpdate, runtimeType }: EntityProperty) => onUpdate !== undefined && runtimeType !== 'Date';
