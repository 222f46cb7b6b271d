import { AsyncLocalStorage } from 'node:async_hooks';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Configuration } from '@mikro-orm/core';
import { AbstractSqlDriver, BaseSqliteConnection, SqlitePlatform } from '@mikro-orm/sqlite';
import Database from 'better-sqlite3';
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type QueryResult,
  SqliteDialect,
  SqliteDriver as KyselySqliteDriver,
} from 'kysely';
import { UnavailableError } from '../errors.js';
import { type Author, currentAuthor } from './author.js';
import { BoundedMap } from '../shared/bounded-map.js';
import type { Id } from '../shared/id.js';
import { Turns } from '../shared/turns.js';
import type { ForeseenWork } from './foreseen.js';
import type { ForeseenWrite } from './foreseen-writes.js';
import { SearchBacklog } from './search-backlog.js';
import { looksIntoFullText } from './search-index.js';
import { defineFunctions } from './sqlite-functions.js';
import { SqliteTransaction } from './sqlite-transaction.js';
import { type Control, SqliteUnits, type Writer } from './sqlite-units.js';
import { listened, type StatementListener } from './statement-listener.js';
import type { BoundStatement } from './statements.js';
import type { Transaction } from './transaction.js';

export const IN_MEMORY = ':memory:';

/** Whether a statement failed because somebody else writes. */
export const isBusy = (error: unknown) => error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY');

/** Whether it is SQLite that says so. */
export const isOfDatabase = (error: unknown) => error instanceof Database.SqliteError;

/** Makes the folder of a database file. */
export function ensureFolder(path: string): void {
  if (path !== IN_MEMORY) mkdirSync(dirname(path), { recursive: true });
}

/** Makes a file that nobody but the service's own user may read: it holds users, and the hashes of their passwords. */
export function makePrivate(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch {
    // It is there already, and keeps its rights; or it can't be made, which SQLite has better words for.
  }
}

/** Statements that the writing connection keeps prepared, and the longest text that is worth it. */
const MOST_PREPARED = 200;
const LONGEST_PREPARED = 4000;

/** Runs statements, and keeps those prepared that bind their values: their texts come again. Kysely's own prepares each. */
class PreparingConnection implements DatabaseConnection {
  private readonly kept = new BoundedMap<string, Database.Statement>(MOST_PREPARED);

  constructor(
    private readonly database: Database.Database,
    private readonly listener: () => StatementListener | undefined,
  ) {}

  async executeQuery<Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
    const { reader } = this.prepare(sql, parameters.length > 0 || CONTROL.has(sql));
    if (reader) return { rows: this.all<Row>(sql, parameters) };
    const { changes, lastInsertRowid } = this.run(sql, parameters);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }

  /** The rows of a statement. */
  all<Row>(sql: string, parameters: readonly unknown[]): Row[] {
    const statement = this.prepare(sql, parameters.length > 0);
    return listened(this.listener(), sql, () => statement.all(parameters)) as Row[];
  }

  /** Runs a statement that has no rows. */
  run(sql: string, parameters: readonly unknown[] = []): Database.RunResult {
    const statement = this.prepare(sql, parameters.length > 0 || CONTROL.has(sql));
    return listened(this.listener(), sql, () => statement.run(parameters));
  }

  async *streamQuery<Row>({ sql, parameters }: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
    for (const row of this.database.prepare(sql).iterate(parameters)) yield { rows: [row as Row] };
  }

  prepare(sql: string, comesAgain: boolean): Database.Statement {
    const kept = this.kept.get(sql);
    if (kept) return kept;
    const statement = this.database.prepare(sql);
    if (comesAgain && sql.length <= LONGEST_PREPARED) this.kept.set(sql, statement);
    return statement;
  }
}

// The number of the last event tells the transaction's own from those before it.
const SIGN =
  'update write_context set actor_id = ?, source = ?, request_id = ?, is_rehash = ?, last_event_id = iif(?, (select coalesce(max(id), 0) from events), null)';
const UNSIGNED = [null, null, null, 0, 0];
const signatureOf = ({ actorId, source, requestId, isRehash }: Author) => [
  actorId ?? null,
  source,
  requestId ?? null,
  Number(isRehash ?? false),
  1,
];

/** How long what a commit leaves to a search waits for one, in milliseconds. */
const CATCH_UP_AFTER = 1000;

const CONTROL = new Set<string>([
  'begin immediate',
  'commit',
  'rollback',
  'savepoint unit',
  'release unit',
  'rollback to unit',
] satisfies (Control | 'begin immediate')[]);

/**
 * Begins each transaction as a writer. A deferred one would read first and fail with SQLITE_BUSY when it turns to
 * writing while another process writes; this one waits its turn, without blocking the event loop.
 */
class ImmediateDriver extends KyselySqliteDriver implements Writer {
  readonly turns = new Turns();
  private readonly connection: PreparingConnection;
  private readonly units = new SqliteUnits(this);
  private readonly backlog: SearchBacklog;
  private later: NodeJS.Timeout | undefined;
  private readonly outsideRequests = AsyncLocalStorage.snapshot();

  constructor(
    private readonly database: Database.Database,
    /** How long a write waits for another process's write to end, in milliseconds. */
    private readonly busyMs: number,
    listener: () => StatementListener | undefined,
  ) {
    super({ database });
    this.connection = new PreparingConnection(database, listener);
    this.backlog = new SearchBacklog(database);
  }

  /** Begins a unit of work past Kysely, as soon as nobody else has the connection. */
  async begin(): Promise<Transaction> {
    // Those who wait for their turn wait for the other process, too: none of them longer than the first.
    const unit = await this.units.begin(Date.now() + this.busyMs);
    return new SqliteTransaction(this.connection, unit, () => this.backlog.takeIn());
  }

  /** Does a foreseen unit of work, and commits it. @returns its answer; undefined where nothing was done */
  commitForeseen({ author, proof, write, answer }: ForeseenWork): Promise<string | undefined> {
    return this.units.doAtOnce(author, () => {
      if (proof && this.connection.all(proof.statement.sql, proof.values).length === 0) return undefined;
      const id = this.writeForeseen(write);
      return id === undefined ? undefined : this.answer(answer(id));
    });
  }

  /** @returns the id of what it has changed or made; undefined where it had no effect */
  private writeForeseen({ statement, values, id, links }: ForeseenWrite): Id | undefined {
    const { changes, lastInsertRowid } = this.connection.run(statement.sql, values);
    if (changes === 0) return undefined;
    const written = id ?? Number(lastInsertRowid);
    for (const row of links?.rows ?? []) this.connection.run(links?.statement.sql ?? '', [written, ...row]);
    return written;
  }

  private answer({ statement, values }: BoundStatement): string {
    if (looksIntoFullText(statement.sql)) this.backlog.takeIn();
    const [row] = this.connection.all<{ answer: string | null }>(statement.sql, values);
    return row?.answer ?? 'null';
  }

  /** Lets the search find what has changed. */
  async catchUp(): Promise<void> {
    const unit = await this.units.begin(Date.now() + this.busyMs);
    try {
      this.backlog.takeIn();
      await unit.commit();
    } catch (error) {
      await unit.rollback();
      throw error;
    }
  }

  /** The search that needs it may come while another process writes. */
  private catchUpLater(): void {
    this.later ??= this.outsideRequests(() =>
      setTimeout(() => {
        this.later = undefined;
        // Where it fails, it is there for the next one.
        this.catchUp().catch(() => undefined);
      }, CATCH_UP_AFTER).unref(),
    );
  }

  override async destroy(): Promise<void> {
    clearTimeout(this.later);
    await super.destroy();
  }

  /** When the units that wait for their commit have it, or have failed. */
  decision(): Promise<void> | undefined {
    return this.units.decision();
  }

  prepared(sql: string): Database.Statement {
    return this.connection.prepare(sql, true);
  }

  takeIn(): void {
    if (this.backlog.takeInIfDue()) this.catchUpLater();
  }

  noteSearch(): void {
    this.backlog.noteSearch();
  }

  isInTransaction(): boolean {
    return this.database.inTransaction;
  }

  run(control: Control): void {
    this.connection.run(control);
  }

  beginAtOnce(): boolean {
    try {
      this.connection.run('begin immediate');
      return true;
    } catch {
      return false;
    }
  }

  sign(author = currentAuthor()): void {
    this.connection.run(SIGN, author ? signatureOf(author) : UNSIGNED);
  }

  unsign(): void {
    this.connection.run(SIGN, UNSIGNED);
  }

  override async acquireConnection(): Promise<DatabaseConnection> {
    await this.turns.take();
    // What comes by itself is no part of a transaction that units of work share.
    this.units.commit();
    return this.connection;
  }

  override async releaseConnection(): Promise<void> {
    this.turns.end();
  }

  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    // A full disk, among others, makes SQLite take it back by itself.
    if (this.database.inTransaction) await super.rollbackTransaction(connection);
  }

  override async beginTransaction(): Promise<void> {
    await this.beginImmediate(Date.now() + this.busyMs);
    if (!currentAuthor()) return;
    try {
      this.sign();
    } catch (error) {
      await this.rollbackTransaction(this.connection);
      throw error;
    }
  }

  override async commitTransaction(connection: DatabaseConnection): Promise<void> {
    this.takeIn();
    if (currentAuthor()) this.unsign();
    await super.commitTransaction(connection);
  }

  async beginImmediate(deadline: number): Promise<void> {
    for (;;) {
      try {
        this.connection.run('begin immediate');
        return;
      } catch (error) {
        if (!isBusy(error)) throw error;
        if (Date.now() > deadline) throw new UnavailableError('Another process is writing to the database: try again.');
        await sleep(2);
      }
    }
  }
}

class ImmediateDialect extends SqliteDialect {
  readonly driver: ImmediateDriver;

  constructor(database: Database.Database, busyMs: number, listener: () => StatementListener | undefined) {
    super({ database });
    this.driver = new ImmediateDriver(database, busyMs, listener);
  }

  override createDriver(): KyselySqliteDriver {
    return this.driver;
  }
}

/** What the configuration says of an SQLite file. */
interface SqliteOptions {
  synchronous?: string;
  /** How long a write waits for another process's write to end, in milliseconds. */
  busyMs?: number;
}

export class WritingConnection extends BaseSqliteConnection {
  /** The connection itself: a migration needs what the ORM's way does not have, such as several statements in a text. */
  file!: Database.Database;
  onStatement: StatementListener | undefined;
  private driver!: ImmediateDriver;

  /** Begins a unit of work's transaction. */
  beginUnit(): Promise<Transaction> {
    return this.driver.begin();
  }

  /** Does a foreseen unit of work, and commits it. @returns its answer; undefined where nothing was done */
  commitForeseen(work: ForeseenWork): Promise<string | undefined> {
    return this.driver.commitForeseen(work);
  }

  /** Lets the search find what has changed. */
  catchUp(): Promise<void> {
    return this.driver.catchUp();
  }

  /** Notes that somebody searches: commits let the next search find what has changed. */
  noteSearch(): void {
    this.driver.noteSearch();
  }

  /** A statement that binds its values, prepared, and kept for the next time: to prepare one with triggers takes longer than to run it. */
  prepared(sql: string): Database.Statement {
    return this.driver.prepared(sql);
  }

  /** When the units that wait for their commit have it, or have failed; undefined where none waits, or one is at work. */
  decision(): Promise<void> | undefined {
    return this.driver.decision();
  }

  override createKyselyDialect(options: SqliteOptions): Dialect {
    const path = this.config.get('dbName') ?? IN_MEMORY;
    ensureFolder(path);
    if (path !== IN_MEMORY) makePrivate(path);
    const database = new Database(path);
    database.pragma('busy_timeout = 500');
    database.pragma('journal_mode = WAL');
    database.pragma(`synchronous = ${options.synchronous ?? 'FULL'}`);
    database.pragma('foreign_keys = on');
    // What a savepoint keeps of the pages that change would go to a file: half the time of a unit's statements.
    database.pragma('temp_store = memory');
    // Pages that change time and again go from the log into the file once: 16 MiB of them, four times SQLite's own measure.
    database.pragma('wal_autocheckpoint = 4000');
    // From here on waiting is ImmediateDriver's: SQLite's own would hold up the event loop, and with it all who read.
    database.pragma('busy_timeout = 0');
    this.file = database;
    defineFunctions(database);
    const dialect = new ImmediateDialect(database, options.busyMs ?? 0, () => this.onStatement);
    this.driver = dialect.driver;
    return dialect;
  }
}

/** MikroORM's SQLite driver, with transactions that wait instead of failing. */
export class SqliteDriver extends AbstractSqlDriver<WritingConnection, SqlitePlatform> {
  constructor(config: Configuration) {
    super(config, new SqlitePlatform(), WritingConnection, ['kysely', 'better-sqlite3']);
  }
}

/** Another connection to the file, for queries only: a read there never waits for a write, nor sees one that has not committed. */
export function openReader(path: string): Database.Database {
  const reader = new Database(path, { readonly: true, fileMustExist: true });
  reader.pragma('busy_timeout = 500');
  defineFunctions(reader);
  return reader;
}
