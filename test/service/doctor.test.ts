import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { diagnose } from '../../src/doctor/diagnose.js';
import { runCatalog } from '../support/catalog-command.js';
import { copyOf, createDatabase, DATABASE, type TestDatabase } from '../support/database.js';
import { runSql } from '../support/database-state.js';
import { startTestService } from '../support/service.js';

const SECRET = 'iZ3nTDqHrPvJ0wFZyb6lXc9aKs1oUe7M';

let filled: TestDatabase;
const copies: TestDatabase[] = [];

beforeAll(async () => {
  const service = await startTestService();
  await service.admin(
    'mutation { createCategory(input: { name: "Portals" }) { id } createTag(input: { name: "green" }) { id } }',
  );
  await service.admin(
    'mutation { createProduct(input: { name: "Gun", priceShmeckles: "1", priceFlurbos: "1", categoryId: 1, tagIds: [1] }) { id } }',
  );
  await service.server.stop();
  filled = service.database;
});
afterAll(() => Promise.all([filled, ...copies].map((database) => database.drop())));

/** A database of a test's own, with a category, a tag and a product. */
async function filledCopy(): Promise<TestDatabase> {
  const copy = await copyOf(filled);
  copies.push(copy);
  return copy;
}

const fileOf = ({ url }: TestDatabase) => url.slice('sqlite:'.length);

const look = (database: TestDatabase, environment: Record<string, string> = {}, isFull = false) =>
  diagnose({ DATABASE_URL: database.url, NODE_ENV: 'production', AUTH_SECRET: SECRET, ...environment }, isFull);

/** What is not as it should be. */
const findingsOf = async (...args: Parameters<typeof look>) =>
  (await look(...args)).filter(({ level }) => level !== 'ok').map(({ check, level }) => `${check}: ${level}`);

const WELL = DATABASE === 'sqlite' ? ['files', 'space', 'database'] : ['database', 'clock'];

test('finds nothing wrong where nothing is', async () => {
  const database = await filledCopy();
  if (DATABASE === 'sqlite') chmodSync(fileOf(database), 0o600);
  const findings = await look(database);
  expect(findings.map(({ check, level }) => `${check}: ${level}`)).toEqual(
    ['configuration', 'secret', ...WELL, 'migrations', 'counts', 'search', 'delivery'].map((check) => `${check}: ok`),
  );
  expect(await findingsOf(database, {}, true)).toEqual([]);
});

test('tells every problem of the configuration, and no secret', async () => {
  const findings = await look(filled, { PORT: 'http', AUTH_SECRET: 'hunter2' });
  expect(findings.map(({ check, level }) => `${check}: ${level}`)).toEqual(Array(2).fill('configuration: problem'));
  expect(JSON.stringify(findings)).not.toContain('hunter2');
});

test('an empty database has pending migrations, and is as empty afterwards', async () => {
  const database = await createDatabase();
  copies.push(database);
  if (DATABASE === 'sqlite') writeFileSync(fileOf(database), '');
  for (const time of ['first', 'second']) expect(await findingsOf(database), time).toContain('migrations: problem');
});

test('a schema that somebody changed is told', async () => {
  const database = await filledCopy();
  await runSql(database, 'alter table tags add column extra integer');
  expect(await findingsOf(database)).toContain('schema: warning');
});

test('numbers that are wrong are told, and how to repair them', async () => {
  const database = await filledCopy();
  await runSql(database, 'update categories set product_count = 7');
  expect((await look(database)).find(({ check }) => check === 'counts')).toMatchObject({
    level: 'problem',
    advice: expect.stringContaining('catalog check --repair'),
  });
});

test('events that nobody delivers are told', async () => {
  const database = await filledCopy();
  const longAgo = DATABASE === 'sqlite' ? '0' : `'2020-01-01'`;
  await runSql(
    database,
    `insert into event_consumers (name, last_event_id) values ('webhooks', 0); update events set occurred_at = ${longAgo}`,
  );
  expect(await findingsOf(database)).toContain('delivery: warning');
});

test('a database that can not be reached is a problem, with its reason', async () => {
  const url = DATABASE === 'sqlite' ? `sqlite:${process.cwd()}/package.json` : 'postgres://127.0.0.1:9/shop';
  const findings = await look({ url, drop: () => Promise.resolve() });
  expect(findings.find(({ check }) => check === 'database')).toMatchObject({
    level: 'problem',
    message: expect.stringMatching(/file is not a database|ECONNREFUSED/),
  });
});

test.runIf(DATABASE === 'sqlite')('a file that is not there is not made', async () => {
  const database = await createDatabase();
  copies.push(database);
  expect(await findingsOf(database)).toContain('files: warning');
  expect(() => readFileSync(fileOf(database))).toThrow('ENOENT');
});

test.runIf(DATABASE === 'sqlite')('a file that the service makes, and its backup, nobody else may read', async () => {
  const database = await createDatabase();
  copies.push(database);
  await runCatalog(database, ['migrate', 'up']);
  const upgraded = await filledCopy();
  await runCatalog(upgraded, ['migrate', 'down']);
  const folder = dirname(fileOf(upgraded));
  const backups = readdirSync(folder).filter((name) => name.endsWith('.backup'));
  expect(backups).toHaveLength(1);
  for (const file of [fileOf(database), ...backups.map((name) => join(folder, name))])
    expect((statSync(file).mode & 0o777).toString(8), file).toBe('600');
});

test.runIf(DATABASE === 'sqlite')('a file that others may read is a warning', async () => {
  const database = await filledCopy();
  chmodSync(fileOf(database), 0o644);
  expect(await findingsOf(database)).toEqual(['rights: warning']);
});

test.runIf(DATABASE === 'sqlite')('a damaged file is found by the long look', async () => {
  const database = await filledCopy();
  await runSql(database, 'pragma foreign_keys = off; update products set category_id = 99');
  expect(await findingsOf(database, {}, true)).toContain('integrity: problem');
});

test.runIf(DATABASE === 'postgresql')('replicas that are gone, behind or no copies are told', async () => {
  const [copy, empty] = [await filledCopy(), await createDatabase()];
  copies.push(empty);
  const urls = ['postgres://postgres@127.0.0.1:9/gone', copy.url, empty.url].join(',');
  const findings = await look(filled, { DATABASE_REPLICA_URLS: urls });
  const ofReplicas = findings.filter(({ check }) => check.startsWith('replica'));
  expect(ofReplicas.map(({ level, message }) => `${level}: ${message}`)).toEqual([
    expect.stringMatching(/^warning: It can't be asked: .*ECONNREFUSED/),
    expect.stringMatching(/^warning: It is no standby/),
    expect.stringMatching(/^problem: It lacks \d+ migrations that the primary has/),
  ]);
  expect(JSON.stringify(findings)).not.toContain('postgres:postgres');
});

test('the command tells it to people and to machines, and ends with 1 at a problem', async () => {
  const database = await filledCopy();
  const environment = { NODE_ENV: 'production', AUTH_SECRET: SECRET };
  const well = await runCatalog(database, ['doctor'], '', environment);
  expect(well).toMatchObject({ code: 0, err: '' });
  expect(well.out).toMatch(/^✓ configuration +production, /);
  const ill = await runCatalog(database, ['doctor', '--json'], '', { NODE_ENV: 'production' });
  expect(ill.code).toBe(1);
  const report = JSON.parse(ill.out) as { ok: boolean; findings: unknown[] };
  expect(report.ok).toBe(false);
  expect(report.findings).toContainEqual(expect.objectContaining({ check: 'secret', level: 'problem' }));
});
