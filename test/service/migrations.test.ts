import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { catalogueOf, dataOf } from '../support/catalogue.js';
import { createDatabase, DATABASE, type TestDatabase } from '../support/database.js';
import { ENVIRONMENT } from '../support/node-process.js';
import { clientOf, makeAdministrator, testConfig } from '../support/service.js';
import { migrationNames } from '../../src/migrator/migration-file.js';
import { startServer } from '../../src/server.js';
import { createLog } from '../../src/log.js';

const run = promisify(execFile);
const INITIAL = '20261121100000-initial';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
});
afterAll(() => database.drop());

/** What the `mikro-orm` command prints, without colours. */
async function mikroOrm(...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, ['node_modules/@mikro-orm/cli/cli.js', ...args], {
    env: { ...ENVIRONMENT, DATABASE_URL: database.url, MIKRO_ORM_NO_COLOR: '1' },
  });
  // oxlint-disable-next-line no-control-regex -- the escape of a colour
  return stdout.replace(/\u001B\[\d+m/g, '');
}

/** Oldest first. */
const names = migrationNames(`src/migrations/${DATABASE}`);
const files = () => readdirSync(`src/migrations/${DATABASE}`);

/** Fills the database through the API. */
async function fill(): Promise<void> {
  const server = await startServer(testConfig(database.url), createLog({ logLevel: 'silent' }));
  const make = catalogueOf(clientOf(server.url, await makeAdministrator(server)));
  const root = await make.category();
  const child = await make.category({ parentId: root.id });
  const tag = await make.tag();
  await make.product({ categoryId: child.id, tagIds: [tag.id] });
  await server.stop();
}

test('the mikro-orm command applies, lists, checks and reverts the migrations of the database that DATABASE_URL names', async () => {
  expect(await mikroOrm('migration:pending')).toContain(INITIAL);
  expect(await mikroOrm('migration:up')).toContain('Successfully migrated up to the latest version');
  expect(await mikroOrm('migration:list')).toContain(INITIAL);
  expect(await mikroOrm('migration:pending')).not.toContain(INITIAL);
  expect(await mikroOrm('migration:check')).toContain('No changes required, schema is up-to-date');
});

test('nothing to create makes no file', async () => {
  const before = files();
  expect(await mikroOrm('migration:create', '--name=nothing')).toContain('No changes required');
  expect(files()).toEqual(before);
});

/** How many products a search finds once the service has started. */
async function search(text: string): Promise<number> {
  const server = await startServer(testConfig(database.url), createLog({ logLevel: 'silent' }));
  const query = 'query ($text: String) { products(filter: { search: $text }) { totalCount } }';
  const answer = await clientOf(server.url)(query, { text });
  await server.stop();
  return dataOf(answer).products.totalCount;
}

test('goes down from a filled database, and up again, and computes at the next start what the rows had not then', async () => {
  await fill();
  expect(await mikroOrm('migration:down')).toContain('Successfully migrated down');
  expect(await mikroOrm('migration:pending')).toContain(names.at(-1));
  await mikroOrm('migration:down', `--to=${INITIAL}`);
  await mikroOrm('migration:up');
  // The words of products that were there before are computed at the start.
  expect(await search('prod')).toBe(1);
});

test('starts afresh', async () => {
  expect(await mikroOrm('migration:fresh')).toContain('Successfully migrated up to the latest version');
  expect(await mikroOrm('migration:pending')).not.toContain(INITIAL);
});
