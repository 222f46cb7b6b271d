import Sqlite from 'better-sqlite3';
import { Client } from 'pg';
import { schemaOf } from '../../src/migrator/drift/replay.js';
import type { SchemaItem } from '../../src/migrator/drift/schema-item.js';
import { LOG_TABLE, readLog } from '../../src/migrator/migration-log.js';
import { type Session, sqliteSession } from '../../src/migrator/session.js';
import { literal, quoted } from '../../src/migrator/sql-text.js';
import type { TestDatabase } from './database.js';

/** Runs work on a connection that is not the service's: what others see of a database, and may do to it. */
export async function withSession<T>({ url }: TestDatabase, work: (session: Session) => Promise<T>): Promise<T> {
  if (url.startsWith('sqlite:')) {
    const file = new Sqlite(url.slice('sqlite:'.length));
    try {
      return await work(sqliteSession(file));
    } finally {
      file.close();
    }
  }
  const client = new Client(url);
  await client.connect();
  try {
    return await work({
      kind: 'postgresql',
      run: async (sql) => void (await client.query(sql)),
      all: async <Row>(sql: string) => (await client.query(sql)).rows as Row[],
    });
  } finally {
    await client.end();
  }
}

/** Runs SQL on a database, past the service. */
export const runSql = (database: TestDatabase, sql: string): Promise<void> =>
  withSession(database, (session) => session.run(sql));

/** The rows of a query. */
export const rowsOf = <Row = Record<string, unknown>>(database: TestDatabase, sql: string): Promise<Row[]> =>
  withSession(database, (session) => session.all<Row>(sql));

/** All that a database holds: two that are equal in it are the same to everybody. */
export interface DatabaseState {
  readonly schema: readonly SchemaItem[];
  /** Of every table, each row as JSON, in the order of these texts; SQLite's counters of ids too. */
  readonly rows: Readonly<Record<string, readonly string[]>>;
  readonly log: readonly LoggedMigration[];
  readonly hasLog: boolean;
  /** What SQLite itself finds broken. */
  readonly broken: readonly unknown[];
}

export interface LoggedMigration {
  readonly name: string;
  readonly checksum: string | null;
}

export const stateOf = (database: TestDatabase): Promise<DatabaseState> =>
  withSession(database, async (session) => {
    const tables = await tablesOf(session);
    const rows: Record<string, string[]> = {};
    for (const table of tables.filter((name) => name !== LOG_TABLE)) rows[table] = await allRows(session, table);
    const log = await readLog(session);
    return {
      schema: (await schemaOf(session)).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      rows,
      log: log.map(({ name, checksum }) => ({ name, checksum })),
      hasLog: tables.includes(LOG_TABLE),
      broken: await brokenIn(session),
    };
  });

/** The names of what a database holds besides rows, such as `column products.stock`. */
export const objectsOf = async (database: TestDatabase): Promise<string[]> =>
  (await stateOf(database)).schema.map(({ name }) => name);

async function allRows(session: Session, table: string): Promise<string[]> {
  const counter = table === 'sqlite_sequence' ? ` where name <> ${literal(LOG_TABLE)}` : '';
  const rows = await session.all(`select * from ${quoted(table)}${counter}`);
  return rows.map((row) => JSON.stringify(row)).toSorted();
}

async function tablesOf(session: Session): Promise<string[]> {
  const rows = await session.all<{ name: string }>(
    session.kind === 'sqlite'
      ? `select name from pragma_table_list where schema = 'main' and type in ('table', 'virtual') and name <> 'sqlite_schema'`
      : `select relname as name from pg_class where relnamespace = current_schema()::regnamespace and relkind = 'r'`,
  );
  return rows.map(({ name }) => name).toSorted();
}

async function brokenIn(session: Session): Promise<unknown[]> {
  if (session.kind === 'postgresql') return [];
  const found = await session.all<{ integrity_check: string }>('pragma integrity_check');
  return [
    ...found.filter((row) => row.integrity_check !== 'ok'),
    ...(await session.all('select * from pragma_foreign_key_check')),
  ];
}
