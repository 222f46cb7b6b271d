import { type EntityManager, MikroORM } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type Sqlite from 'better-sqlite3';
import { CompiledQuery } from 'kysely';
import type { Config } from '../config.js';
import { migratorOf } from '../migrator/orm-migrator.js';
import { whileAvailable } from './availability.js';
import { boundQuery } from './bound-query.js';
import { type Dialect, postgresql, sqlite } from './dialect.js';
import { ormOptions } from './orm.js';
import { IN_MEMORY, openReader } from './sqlite.js';
import type { BoundStatement } from './statements.js';

/** Where the database's own messages go: what a migration does and, where configured, each statement. */
export type DatabaseLog = (message: string) => void;

/** The database of the service: MikroORM for units of work, and a way past it for compiled statements. */
export class Database {
  readonly dialect: Dialect;
  private reader: Sqlite.Database | undefined;
  private readonly prepared = new WeakMap<BoundStatement['statement'], Sqlite.Statement>();

  private constructor(
    readonly orm: MikroORM,
    private readonly config: Config['database'],
    private readonly log: DatabaseLog,
    private readonly logsSql: boolean,
  ) {
    this.dialect = config.kind === 'sqlite' ? sqlite : postgresql;
  }

  static async open(config: Config, log: DatabaseLog = () => undefined): Promise<Database> {
    const orm = await MikroORM.init({ ...ormOptions(config), logger: log });
    // MikroORM connects at the first query: a wrong address is told at the start instead.
    await orm.connect();
    return new Database(orm, config.database, log, config.logsSql);
  }

  /** A unit of work of its own. */
  fork(): EntityManager {
    return this.orm.em.fork();
  }

  /** The answer of a statement outside any transaction: what has been committed. */
  answer(bound: BoundStatement): Promise<unknown> {
    return whileAvailable(() => this.answerCommitted(bound));
  }

  private async answerCommitted(bound: BoundStatement): Promise<unknown> {
    this.logStatement(bound);
    // A database in memory has one connection only; its queries queue up behind transactions.
    if (this.config.kind === 'postgresql' || this.config.path === IN_MEMORY) return this.answerFromPool(bound);
    return toAnswer(this.preparedFor(this.config.path, bound).get(bound.values));
  }

  /** The answer of a statement within the transaction of a unit of work: what it has written itself, too. */
  async answerWithin(em: EntityManager, bound: BoundStatement): Promise<unknown> {
    this.logStatement(bound);
    const [row] = await boundQuery<{ answer: unknown }>(em, bound.statement.sql, bound.values);
    return toAnswer(row?.answer);
  }

  /** Applies all pending migrations. */
  async migrate(): Promise<void> {
    await this.orm.migrator.up();
  }

  /** The names of the migrations that have not been applied, oldest first. */
  pendingMigrations(): Promise<string[]> {
    return migratorOf(this.orm).migrations.pending();
  }

  /** Whether the database answers and no migration is pending. */
  async isReady(): Promise<boolean> {
    try {
      return (await this.pendingMigrations()).length === 0;
    } catch {
      return false;
    }
  }

  async close(): Promise<void> {
    this.reader?.close();
    await this.orm.close(true);
  }

  private logStatement({ statement, values }: BoundStatement): void {
    if (this.logsSql) this.log(`[query] ${statement.sql} ${JSON.stringify(values)}`);
  }

  private async answerFromPool({ statement, values }: BoundStatement): Promise<unknown> {
    const client = (this.orm.em as SqlEntityManager).getConnection('read').getClient();
    const { rows } = await client.executeQuery<{ answer: unknown }>(CompiledQuery.raw(statement.sql, values));
    return toAnswer(rows[0]?.answer);
  }

  private preparedFor(path: string, { statement }: BoundStatement): Sqlite.Statement {
    const kept = this.prepared.get(statement);
    if (kept) return kept;
    this.reader ??= openReader(path);
    const prepared = this.reader.prepare(statement.sql).pluck();
    this.prepared.set(statement, prepared);
    return prepared;
  }
}

/** SQLite hands JSON out as text; PostgreSQL's driver has parsed it. */
const toAnswer = (answer: unknown) => (typeof answer === 'string' ? (JSON.parse(answer) as unknown) : (answer ?? null));
