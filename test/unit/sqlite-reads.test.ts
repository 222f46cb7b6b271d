import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SqliteReads } from '../../src/database/sqlite-reads.js';

const count = { statement: { sql: 'select count(*) from entries' }, values: [] };

let folder: string;
let file: Sqlite.Database;
let reads: SqliteReads;
let decide: (() => Promise<void>) | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reads-'));
  const path = join(folder, 'catalog.sqlite');
  file = new Sqlite(path);
  file.pragma('journal_mode = wal');
  file.exec('create table entries (id integer primary key)');
  decide = undefined;
  reads = new SqliteReads(path, { file, decision: () => decide?.(), noteSearch: () => undefined });
});

afterEach(() => {
  reads.close();
  file.close();
  rmSync(folder, { recursive: true });
});

test('the writing connection reads, with the pages that it has', async () => {
  file.exec('create temp table entries (id integer); insert into temp.entries values (1), (2), (3)');
  expect(await reads.answer(count)).toBe(3);
});

test('what waits for its commit is waited for', async () => {
  file.exec('begin; insert into entries values (1)');
  decide = async () => void file.exec('commit');
  expect(await reads.answer(count)).toBe(1);
});

test('a transaction at work is not waited for, and nothing of it is seen', async () => {
  file.exec('begin; insert into entries values (1)');
  expect(await reads.answer(count)).toBe(0);
  file.exec('rollback');
});

test('one that has begun instead of the one that was waited for is not waited for', async () => {
  file.exec('begin; insert into entries values (1)');
  decide = async () => void file.exec('commit; begin; insert into entries values (2)');
  expect(await reads.answer(count)).toBe(1);
});

test('where another process holds the file, a connection that waits for it reads', async () => {
  const held = vi.spyOn(file, 'prepare').mockImplementation(() => {
    throw new Sqlite.SqliteError('database is locked', 'SQLITE_BUSY_RECOVERY');
  });
  expect(await reads.answer(count)).toBe(0);
  expect(held).toHaveBeenCalled();
});

test('a statement that writes is refused', async () => {
  const insertion = { statement: { sql: 'insert into entries values (1) returning id' }, values: [] };
  await expect(reads.answer(insertion)).rejects.toThrow('A read would write');
  expect(await reads.answer(count)).toBe(0);
});
