// A catalogue in a database of the service's own schema, put there by the service's own import.

import 'reflect-metadata';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readConfig } from '../dist/src/config.js';
import { openDatabase } from '../dist/src/database/open-database.js';
import { unitOfWork } from '../dist/src/database/unit-of-work.js';
import { createLog } from '../dist/src/log.js';
import { openSession } from '../dist/src/session/session.writes.js';
import { createAccessTokens } from '../dist/src/session/tokens.js';
import { importSources } from '../dist/src/transfer/import.js';
import { Role } from '../dist/src/user/user.entity.js';
import { createUser } from '../dist/src/user/user.writes.js';

/** What the benchmarked service signs with: nothing that it guards is worth a secret. */
export const AUTH_SECRET = 'of use to the benchmark and to nobody else';

/** Where files that a benchmark makes lie; not in git. */
export const DATA = fileURLToPath(new URL('data/', import.meta.url));

/** @param {'sqlite' | 'postgresql'} kind */
export const migrationsOf = (kind) =>
  readdirSync(new URL(`../dist/src/migrations/${kind}/`, import.meta.url)).filter((name) => name.endsWith('.js'));

/**
 * Fills a database, unless that was done before with the same migrations.
 * @param {string} url as in DATABASE_URL
 * @param {string} name what it is noted under
 * @param {(database: import('../dist/src/database/database.js').Database) => Promise<void>} fill
 * @returns {Promise<{ admin: { userId: number, sessionId: number }, seconds: number }>} an admin, signed in, and the time it took
 */
export async function ensureSeed(url, name, fill) {
  const kind = url.startsWith('sqlite:') ? 'sqlite' : 'postgresql';
  const note = `${DATA}${name}-${kind}.json`;
  const migrations = migrationsOf(kind);
  const done = existsSync(note) ? JSON.parse(readFileSync(note, 'utf8')) : undefined;
  if (done && String(done.migrations) === String(migrations)) return done;
  mkdirSync(dirname(note), { recursive: true });
  await empty(url);
  const begun = performance.now();
  const admin = await fillWith(url, fill);
  const seconds = Math.round((performance.now() - begun) / 1000);
  writeFileSync(note, JSON.stringify({ migrations, admin, seconds }));
  return { admin, seconds };
}

/** An access token of the admin, good for a day. */
export const tokenOf = (admin) => createAccessTokens([AUTH_SECRET], 86_400).sign(admin, new Date()).token;

async function empty(url) {
  if (url.startsWith('sqlite:')) {
    for (const suffix of ['', '-wal', '-shm']) rmSync(url.slice('sqlite:'.length) + suffix, { force: true });
    return;
  }
  const { default: pg } = await import('pg');
  const { pathname } = new URL(url);
  const client = new pg.Client(url.replace(pathname, '/postgres'));
  await client.connect();
  await client.query(`drop database if exists "${pathname.slice(1)}" with (force)`);
  await client.query(`create database "${pathname.slice(1)}"`);
  await client.end();
}

async function fillWith(url, fill) {
  const config = readConfig({ DATABASE_URL: url, MIGRATE_ON_START: 'true', SQLITE_SYNCHRONOUS: 'NORMAL', AUTH_SECRET });
  const database = await openDatabase(config, createLog({ logLevel: 'silent' }));
  await fill(database);
  const admin = await makeAdmin(database);
  const connection = database.orm.em.getConnection();
  await connection.execute(config.database.kind === 'sqlite' ? 'analyze' : 'vacuum analyze');
  if (config.database.kind === 'sqlite') await connection.execute('pragma wal_checkpoint(truncate)');
  await database.close();
  return admin;
}

/** Fills a database with entries as `catalog export` writes them. */
export const importing = (entries) => async (database) => {
  const source = { name: 'the benchmark', size: undefined, read: () => linesOf(entries()) };
  const options = { format: 'ndjson', rate: '1', isStrict: true, isDryRun: false };
  const { isKept } = await importSources(database, [source], options, {
    onRefused: (_source, place, problem) => console.error(place, problem),
  });
  if (!isKept) throw new Error('The benchmark wrote a catalogue that the import refuses.');
};

async function* linesOf(entries) {
  let text = '';
  for (const entry of entries) {
    text += `${JSON.stringify(entry)}\n`;
    if (text.length < 1 << 16) continue;
    yield Buffer.from(text);
    text = '';
  }
  yield Buffer.from(text);
}

const makeAdmin = (database) =>
  unitOfWork(database, async (em) => {
    const name = { username: 'bench', firstName: 'Ben', lastName: 'Chmark' };
    const user = await createUser(em, { ...name, role: Role.ADMIN, passwordHash: 'nobody signs in with this' });
    const { session } = openSession(em, user, 'the benchmark', {
      lifetimeDays: 3650,
      graceSeconds: 10,
      key: AUTH_SECRET,
    });
    await em.flush();
    return { userId: user.id, sessionId: session.id };
  });

/** What `npm start` tells Node. */
export const nodeOptions = () => {
  const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  return scripts.start.split(' ').filter((word) => word.startsWith('--'));
};
