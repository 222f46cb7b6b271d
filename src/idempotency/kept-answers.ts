import { createHash } from 'node:crypto';
import { type EntityManager, UniqueConstraintViolationException } from '@mikro-orm/core';
import { sql } from 'kysely';
import { boundSql } from '../database/bound-query.js';
import type { Database } from '../database/database.js';
import type { Dialect, Sql } from '../database/dialect.js';
import { Slot } from '../database/param.js';
import type { SqlText } from '../database/statements.js';
import { HOUR } from '../shared/durations.js';

/** Expired ones that go with each new one: a few at a time keep the table from growing. */
const MOST_PRUNED = 20;

/** Somebody else's transaction has kept an answer under the same key. */
export class AnsweredMeanwhile extends Error {}

/** The answers that are kept under one Idempotency-Key. */
export class KeptAnswers {
  private readonly keyHash: string;
  private readonly dialect: Dialect;

  constructor(
    private readonly database: Database,
    idempotencyKey: string,
    private readonly hours: number,
  ) {
    this.keyHash = createHash('sha256').update(idempotencyKey).digest('base64url');
    this.dialect = database.dialect;
  }

  /** Those there are, sealed, by the position of their root field. */
  async find(): Promise<Map<number, string>> {
    const { dialect } = this;
    const values = [this.keyHash, dialect.toDriver(this.oldest(), 'instant')];
    const answer = await this.database.answer({ statement: findStatement(dialect), values });
    return new Map(JSON.parse(answer) as [number, string][]);
  }

  /**
   * Makes room for an answer, first of all in its transaction: another one with the same key waits here until this one
   * has ended.
   * @throws AnsweredMeanwhile where the other one has committed
   */
  async claim(em: EntityManager, position: number): Promise<void> {
    await this.prune(em);
    const now = this.instant(new Date());
    const row = sql`insert into kept_answers (key_hash, position, created_at, sealed)
      values (${this.keyHash}, ${this.dialect.bind(position, 'integer')}, ${now}, '')`;
    try {
      await boundSql(em, this.dialect, row);
    } catch (error) {
      throw error instanceof UniqueConstraintViolationException ? new AnsweredMeanwhile() : error;
    }
  }

  /** Fills the room. */
  async keep(em: EntityManager, position: number, sealed: string): Promise<void> {
    await boundSql(em, this.dialect, sql`update kept_answers set sealed = ${sealed} where ${this.isAt(position)}`);
  }

  /** Gives the room back. */
  async release(em: EntityManager, position: number): Promise<void> {
    await boundSql(em, this.dialect, sql`delete from kept_answers where ${this.isAt(position)}`);
  }

  private isAt(position: number): Sql {
    return sql`key_hash = ${this.keyHash} and position = ${this.dialect.bind(position, 'integer')}`;
  }

  /** Takes away what has expired: under this key all, so that it is free again, and some of the others. */
  private async prune(em: EntityManager): Promise<void> {
    const isExpired = sql`created_at < ${this.instant(this.oldest())}`;
    // Who prunes at the same time takes others.
    const lock = this.dialect.kind === 'postgresql' ? sql`for update skip locked` : sql``;
    const some = sql`select key_hash, position from kept_answers where ${isExpired} order by created_at limit ${sql.lit(MOST_PRUNED)} ${lock}`;
    await boundSql(em, this.dialect, sql`delete from kept_answers where (key_hash, position) in (${some})`);
    await boundSql(em, this.dialect, sql`delete from kept_answers where key_hash = ${this.keyHash} and ${isExpired}`);
  }

  private oldest(): Date {
    return new Date(Date.now() - this.hours * HOUR);
  }

  private instant(date: Date): Sql {
    return this.dialect.bind(this.dialect.toDriver(date, 'instant'), 'instant');
  }
}

const statements = new WeakMap<Dialect, SqlText>();

/** Answers `[position, sealed]` of each answer of a key that is not older than a time. */
function findStatement(dialect: Dialect): SqlText {
  const kept = statements.get(dialect);
  if (kept) return kept;
  const bind = (type: 'text' | 'instant') => dialect.bind(new Slot(() => undefined), type);
  const rows = sql`from kept_answers where key_hash = ${bind('text')} and created_at >= ${bind('instant')}`;
  const answer =
    dialect.kind === 'postgresql'
      ? sql`select coalesce(json_agg(json_build_array(position, sealed)), '[]')::text ${rows}`
      : sql`select json_group_array(json_array(position, sealed)) ${rows}`;
  const statement = { sql: answer.compile(dialect.kysely).sql };
  statements.set(dialect, statement);
  return statement;
}
