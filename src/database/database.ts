import { setTimeout as sleep } from 'node:timers/promises';
import { type EntityManager, MikroORM } from '@mikro-orm/core';
import type { PostgreSqlConnection, SqlEntityManager } from '@mikro-orm/postgresql';
import { CompiledQuery } from 'kysely';
import type { Pool, QueryConfig, QueryResult } from 'pg';
import type { Config } from '../config.js';
import { migratorOf } from '../migrator/orm-migrator.js';
import type { Id } from '../shared/id.js';
import { UnavailableError } from '../errors.js';
import { asAvailability, whileAvailable } from './availability.js';
import { type Dialect, postgresql, sqlite } from './dialect.js';
import type { ForeseenWork } from './foreseen.js';
import type { ForeseenWrite } from './foreseen-writes.js';
import { ormOptions } from './orm.js';
import { answerFromPool, prepareConnections, queryFromPool } from './postgresql.js';
import { noteAnswers } from './postgresql-connections.js';
import { Silence } from './postgresql-silence.js';
import { PostgresReads } from './postgresql-reads.js';
import { PostgresTransaction } from './postgresql-transaction.js';
import { PostgresUnits } from './postgresql-units.js';
import { IN_MEMORY, type WritingConnection } from './sqlite.js';
import { NOT_CAUGHT_UP } from './sqlite-reader.js';
import { SqliteReads } from './sqlite-reads.js';
import { looksIntoFullText } from './search-index.js';
import { Replicas } from './replicas.js';
import { type Proof, prove, Unproven, withProof } from './proof.js';
import type { StatementListener } from './statement-listener.js';
import type { BoundStatement } from './statements.js';
import { assertTimeLeft, type Deadline, limitStatements } from './time-limit.js';
import { type Transaction, transactionOf } from './transaction.js';

/** Where the database's own messages go: what a migration does and, where configured, each statement. */
export type DatabaseLog = (message: string) => void;

/** Connections of a pool: how many there are and may be, how many do nothing, and who waits for one. */
export interface PoolUse {
  readonly total: number;
  readonly idle: number;
  readonly waiting: number;
  readonly max: number;
}

/** What a statement answers that finds nothing, or gives up. */
const NO_ANSWER = 'null';

/** How long a look at whether it is ready may take, in milliseconds. */
const LONGEST_LOOK = 2000;

/** The database of the service: MikroORM for units of work, and a way past it for compiled statements. */
export class Database {
  readonly dialect: Dialect;
  private reads: SqliteReads | undefined;
  private replicas: Replicas | undefined;
  private silence: Silence | undefined;
  private units: PostgresUnits | undefined;
  private readonly shortReads = new WeakMap<Pool, PostgresReads>();

  private readonly commitListeners = new Set<() => void>();

  private constructor(
    readonly orm: MikroORM,
    private readonly config: Config['database'],
    private readonly log: DatabaseLog,
    private readonly logsSql: boolean,
    private readonly onStatement: StatementListener | undefined,
  ) {
    this.dialect = config.kind === 'sqlite' ? sqlite : postgresql;
  }

  static async open(
    config: Config,
    log: DatabaseLog = () => undefined,
    onStatement?: StatementListener,
  ): Promise<Database> {
    const orm = await MikroORM.init({ ...ormOptions(config), logger: log });
    // MikroORM connects at the first query: a wrong address is told at the start instead.
    await orm.connect();
    const database = new Database(orm, config.database, log, config.logsSql, onStatement);
    if (config.database.kind === 'postgresql') database.preparePool(await poolOf(orm));
    else writingConnectionOf(orm).onStatement = onStatement;
    return database;
  }

  private preparePool(pool: Pool): void {
    prepareConnections(pool, this.onStatement);
    noteAnswers(pool);
    this.units = new PostgresUnits(pool, this.onStatement);
  }

  /** Tells of each unit of work of this process that has committed. @returns what ends that */
  onCommit(listener: () => void): () => void {
    this.commitListeners.add(listener);
    return () => void this.commitListeners.delete(listener);
  }

  /** For units of work. */
  tellCommitted(): void {
    for (const listener of this.commitListeners) listener();
  }

  /** A unit of work of its own. */
  fork(): EntityManager {
    return this.orm.em.fork();
  }

  /**
   * The answer of a statement outside any transaction, as JSON text: what has been committed.
   * @param mayLag whether it may be a moment old, so that a replica may answer; not where there is something to prove
   * @throws Unproven where a proof is given and does not hold; UnavailableError at the deadline
   */
  async answer(bound: BoundStatement, proof?: Proof, deadline?: Deadline, mayLag = false): Promise<string> {
    assertTimeLeft(deadline);
    const answer = await this.textOf(bound, proof, deadline, mayLag);
    return answer === NO_ANSWER && bound.otherwise ? this.answer(bound.otherwise(), proof, deadline, mayLag) : answer;
  }

  private async textOf(bound: BoundStatement, proof: Proof | undefined, deadline: Deadline, mayLag: boolean) {
    if (mayLag && !proof && this.replicas) {
      const answer = await this.answerFromReplica(this.replicas, bound, deadline);
      if (answer) return answer;
    }
    const answer = await whileAvailable(() => this.answerCommitted(proof ? withProof(bound, proof) : bound, deadline));
    if (answer === undefined && proof) throw new Unproven();
    return (answer ?? NO_ANSWER) as string;
  }

  /** undefined where the primary has to answer. */
  private async answerFromReplica(
    replicas: Replicas,
    bound: BoundStatement,
    deadline: Deadline,
  ): Promise<string | undefined> {
    const pool = replicas.next();
    if (!pool) return undefined;
    try {
      this.logStatement(bound);
      return ((await this.answerFromServer(pool, bound, deadline)) ?? NO_ANSWER) as string;
    } catch (error) {
      // Whatever it is, the primary knows better; a read that replaying has cancelled is no fault of the replica's.
      assertTimeLeft(deadline);
      if (asAvailability(error) instanceof UnavailableError) replicas.leaveOut(pool);
      return undefined;
    }
  }

  private async answerCommitted(bound: BoundStatement, deadline: Deadline): Promise<unknown> {
    this.logStatement(bound);
    const { config, orm } = this;
    if (config.kind === 'postgresql') return this.answerFromServer(await poolOf(orm), bound, deadline);
    if (config.path === IN_MEMORY) return this.answerInTurn(bound);
    return this.answerFromFile(config.path, bound, deadline);
  }

  private answerFromServer(pool: Pool, bound: BoundStatement, deadline: Deadline): Promise<unknown> {
    if (!bound.isShort) return answerFromPool(pool, bound, deadline);
    const reads = this.shortReads.get(pool) ?? new PostgresReads(pool, this.onStatement);
    this.shortReads.set(pool, reads);
    return reads.answer(bound, deadline);
  }

  private async answerFromFile(path: string, bound: BoundStatement, deadline: Deadline): Promise<unknown> {
    const writing = writingConnectionOf(this.orm);
    this.reads ??= new SqliteReads(path, writing);
    for (;;) {
      const answer = await this.reads.answer(bound, this.onStatement);
      if (answer !== NOT_CAUGHT_UP) return answer;
      await writing.catchUp();
      assertTimeLeft(deadline);
    }
  }

  /** Runs a statement that only PostgreSQL knows, by itself, on the server that takes writes. It may run twice. */
  async query<Row extends object>(query: QueryConfig): Promise<QueryResult<Row>> {
    return queryFromPool<Row>(await poolOf(this.orm), query);
  }

  /**
   * Begins the transaction of a unit of work.
   * @throws Unproven where a proof is given and does not hold
   */
  async begin(proof?: Proof): Promise<Transaction> {
    const { orm, config } = this;
    if (config.kind === 'postgresql') return PostgresTransaction.begin(await poolOf(orm), proof);
    const transaction = await writingConnectionOf(orm).beginUnit();
    if (proof) await prove(transaction, proof);
    return transaction;
  }

  /**
   * Does a foreseen unit of work, and commits it.
   * @returns its answer; undefined where nothing was done, and it is to be done in a transaction of its own
   */
  async commitForeseen(work: ForeseenWork): Promise<string | undefined> {
    this.logStatement(work.write);
    const answer = (id: Id | null) => {
      const bound = work.answer(id);
      this.logStatement(bound);
      return bound;
    };
    const { units } = this;
    const text = await (units
      ? commitByMessage(units, { ...work, answer })
      : writingConnectionOf(this.orm).commitForeseen({ ...work, answer }));
    if (text !== undefined) this.tellCommitted();
    return text;
  }

  /** The answer of a statement within the transaction of a unit of work: what it has written itself, too. */
  answerWithin(em: EntityManager, bound: BoundStatement): Promise<string> {
    this.logStatement(bound);
    return transactionOf(em).answer(bound);
  }

  /** The same as the last of the transaction, which commits. */
  commitWithAnswer(transaction: Transaction, bound: BoundStatement): Promise<string> {
    this.logStatement(bound);
    return transaction.commitWithAnswer(bound);
  }

  /**
   * Ends each statement from now on after so many milliseconds. Nothing ends one of SQLite's, which runs to its end on the
   * thread of the process: what bounds it is its plan, the size of its pages and the operation's cost.
   */
  async limitStatements(milliseconds: number): Promise<void> {
    if (this.config.kind === 'postgresql') limitStatements(await poolOf(this.orm), milliseconds);
    this.replicas?.limitStatements(milliseconds);
  }

  /** Has operations fail at once while the server says nothing at all, from now on. */
  async noticeSilence(): Promise<void> {
    if (this.config.kind === 'postgresql') this.silence ??= new Silence(await poolOf(this.orm), 'PostgreSQL', this.log);
  }

  /** Has the configured replicas answer what may be a moment old, from now on. */
  async openReplicas(): Promise<void> {
    const { config, onStatement } = this;
    if (config.kind !== 'postgresql' || !config.replicas) return;
    this.replicas = await Replicas.open(config.replicas, this.log, onStatement);
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
    const isMigrated = async () => (await this.pendingMigrations()).length === 0;
    // Who asks has a time limit, too.
    return Promise.race([isMigrated().catch(() => false), sleep(LONGEST_LOOK, false, { ref: false })]);
  }

  /** How PostgreSQL's connections are used at this moment. */
  async pool(): Promise<PoolUse> {
    const { totalCount, idleCount, waitingCount, options } = await poolOf(this.orm);
    return { total: totalCount, idle: idleCount, waiting: waitingCount, max: options.max };
  }

  async close(): Promise<void> {
    this.reads?.close();
    this.silence?.stop();
    await this.replicas?.close();
    await this.orm.close(true);
  }

  private logStatement({ statement, values }: Pick<ForeseenWrite, 'statement' | 'values'>): void {
    if (this.logsSql) this.log(`[query] ${statement.sql} ${JSON.stringify(values)}`);
  }

  /** A database in memory has one connection only; its queries queue up behind transactions. */
  private async answerInTurn({ statement, values }: BoundStatement): Promise<unknown> {
    if (looksIntoFullText(statement.sql)) await writingConnectionOf(this.orm).catchUp();
    const client = (this.orm.em as SqlEntityManager).getConnection('read').getClient();
    const { rows } = await client.executeQuery<{ answer: unknown }>(CompiledQuery.raw(statement.sql, values));
    return rows[0]?.answer;
  }
}

async function commitByMessage(units: PostgresUnits, { answer, ...work }: ForeseenWork): Promise<string | undefined> {
  let bound: BoundStatement;
  try {
    bound = answer(work.write.id ?? null);
  } catch {
    // The use case comes first, and may have something else to say.
    return undefined;
  }
  return units.commit({ ...work, answer: bound });
}

const poolOf = ({ em }: MikroORM) =>
  ((em as SqlEntityManager).getConnection('read') as PostgreSqlConnection).getNativeClient();

const writingConnectionOf = ({ em }: MikroORM) =>
  (em as SqlEntityManager).getConnection() as unknown as WritingConnection;
