import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { Client } from 'pg';
import { inject } from 'vitest';

/** Which database this run of the tests is on. */
export const DATABASE = process.env.TEST_DATABASE === 'postgresql' ? 'postgresql' : 'sqlite';

/** An empty database of a test's own. */
export interface TestDatabase {
  /** For DATABASE_URL. */
  readonly url: string;
  drop(): Promise<void>;
}

export function createDatabase(): Promise<TestDatabase> {
  return DATABASE === 'postgresql' ? createPostgresDatabase() : createSqliteFile();
}

/** Another one with the same in it. Nobody may be connected to the first. */
export function copyOf(database: TestDatabase): Promise<TestDatabase> {
  return DATABASE === 'postgresql' ? createPostgresDatabase(database) : copyOfSqliteFile(database);
}

async function copyOfSqliteFile({ url }: TestDatabase): Promise<TestDatabase> {
  const copy = await createSqliteFile();
  const file = new Sqlite(url.slice('sqlite:'.length));
  await file.backup(copy.url.slice('sqlite:'.length));
  file.close();
  return copy;
}

async function createSqliteFile(): Promise<TestDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'catalog-test-'));
  return {
    url: `sqlite:${join(folder, 'catalog.sqlite')}`,
    drop: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

async function createPostgresDatabase(template?: TestDatabase): Promise<TestDatabase> {
  const server = inject('postgresUrl');
  const name = `test_${randomBytes(6).toString('hex')}`;
  const run = async (statement: string) => {
    const client = new Client(`${server}/postgres`);
    await client.connect();
    await client.query(statement);
    await client.end();
  };
  await run(`create database ${name}${template ? ` template ${new URL(template.url).pathname.slice(1)}` : ''}`);
  return { url: `${server}/${name}`, drop: () => run(`drop database ${name} with (force)`) };
}
