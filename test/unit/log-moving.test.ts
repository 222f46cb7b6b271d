import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import Sqlite from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';

// As it is built: it starts a thread by the file that the build makes.
const built = pathToFileURL(resolve('dist/src/database/log-moving.js')).href;
const { LogMoving } = (await import(/* @vite-ignore */ built)) as typeof import('../../src/database/log-moving.js');

const MEBIBYTE = 1024 * 1024;

let folder: string;
let file: Sqlite.Database;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'catalog-log-'));
  file = new Sqlite(join(folder, 'a.sqlite'));
  file.pragma('journal_mode = WAL');
  file.pragma('synchronous = NORMAL');
  file.exec('create table notes (text)');
});
afterEach(() => {
  file.close();
  rmSync(folder, { recursive: true, force: true });
});

const write = (mebibytes: number) => file.prepare('insert into notes values (randomblob(?))').run(mebibytes * MEBIBYTE);
const sizeOf = (suffix: string) => statSync(`${file.name}${suffix}`).size / MEBIBYTE;

test('moves the log by another thread, and leaves it to commits again', async () => {
  const log = new LogMoving(file);
  write(8);
  await log.committed();
  write(8);
  expect(file.pragma('wal_autocheckpoint', { simple: true })).toBe(0);
  await log.end();
  expect(sizeOf('')).toBeGreaterThan(8);
  expect(file.pragma('wal_autocheckpoint', { simple: true })).toBe(1000);
});

test('lets the log begin anew, however much is committed', async () => {
  const log = new LogMoving(file);
  for (let commit = 0; commit < 10; commit += 1) {
    write(20);
    await log.committed();
  }
  await log.end();
  expect(sizeOf('-wal')).toBeLessThan(64 + 2 * 20);
  expect(file.prepare('select count(*) as count from notes').get()).toEqual({ count: 10 });
  expect(file.pragma('integrity_check', { simple: true })).toBe('ok');
});

test('has nothing to do for a database in memory', async () => {
  const memory = new Sqlite(':memory:');
  const log = new LogMoving(memory);
  await log.committed();
  expect(memory.pragma('wal_autocheckpoint', { simple: true })).toBe(1000);
  await log.end();
  memory.close();
});
