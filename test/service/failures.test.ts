import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import Sqlite from 'better-sqlite3';
import { diagnose } from '../../src/doctor/diagnose.js';
import { startServer } from '../../src/server.js';
import { dataOf, operationsOf } from '../support/catalogue.js';
import { createRecordedLog } from '../support/recorded-log.js';
import { clientOf, makeAdministrator, startTestService, testConfig } from '../support/service.js';
import { createDatabase, DATABASE, type TestDatabase } from '../support/database.js';
import { type Fault, suffer } from '../failures/matrix.js';
import { failover, postgresqlFaults } from '../failures/postgresql-faults.js';
import { PostgresServer } from '../failures/postgres-server.js';
import { Shop, shopOnServers } from '../failures/shop.js';
import { sqliteFaults } from '../failures/sqlite-faults.js';

/** What holds whatever goes wrong. @returns the codes that clients saw, whether the service said that it is not ready, and the slowest answer */
async function expectNothingLost(shop: Shop, fault: Fault, seconds: number) {
  const result = await suffer(shop, fault, seconds);
  expect(result).toMatchObject({ present: result.acknowledged, gone: result.sold });
  expect(result.acknowledged).toBeGreaterThan(0);
  const { outcomes, saidNotReady, slowest } = result;
  return { codes: Object.keys(outcomes).toSorted(), saidNotReady, slowest };
}

describe.runIf(DATABASE === 'postgresql')('PostgreSQL', () => {
  let primary: PostgresServer;
  let standby: PostgresServer;
  let shop: Shop;

  beforeAll(async () => {
    primary = await PostgresServer.start();
    standby = await primary.startStandby();
    shop = shopOnServers(primary, standby);
    await shop.open();
  });
  afterAll(async () => {
    await shop.close();
    await standby.remove();
    await primary.remove();
  });

  const fault = (name: string) => postgresqlFaults(primary).find((one) => one.name === name) as Fault;

  test.each(['restarted', 'crashed and away', 'out of connections'])(
    '%s: UNAVAILABLE meanwhile, not ready and ready again, and nothing is lost',
    async (name) => {
      expect(await expectNothingLost(shop, fault(name), 0.3)).toMatchObject({
        codes: ['OK', 'UNAVAILABLE'],
        saidNotReady: true,
      });
    },
  );

  test('a server that stands still is UNAVAILABLE long before the time limit, and nothing is lost', async () => {
    const { slowest, ...seen } = await expectNothingLost(shop, fault('stands still, with its connections'), 4);
    expect(seen).toEqual({ codes: ['OK', 'UNAVAILABLE'], saidNotReady: true });
    expect(slowest).toBeLessThan(8000);
  });

  test('a standby answers who is not signed in; while it is behind, or stands still, the primary does', async () => {
    const { log, lines } = createRecordedLog();
    const replica = { DATABASE_REPLICA_URLS: standby.url, DATABASE_REPLICA_LAG_SECONDS: '1' };
    const server = await startServer(testConfig(primary.url, replica), log);
    const { tag } = operationsOf(clientOf(server.url, await makeAdministrator(server, 'the other one')));
    const read = clientOf(server.url);
    const isThere = async (slug: string) => (await read(`{ tag(slug: "${slug}") { id } }`)).data.tag !== null;
    const told = () => lines.map(({ msg }) => String(msg)).findLast((msg) => msg.startsWith('[replica]'));
    expect(told()).toContain('answers reads');
    await standby.run('select pg_wal_replay_pause()');
    dataOf(await tag.create({ name: 'Not replayed', slug: 'not-replayed' }));
    expect(await isThere('not-replayed')).toBe(false);
    await expect.poll(told, { timeout: 10_000 }).toMatch(/left out: it is \d+ seconds behind/);
    expect(await isThere('not-replayed')).toBe(true);
    await standby.run('select pg_wal_replay_resume()');
    await expect.poll(told, { timeout: 10_000 }).toContain('answers reads');
    const looked = await diagnose({ DATABASE_URL: primary.url, DATABASE_REPLICA_URLS: standby.url }, false);
    expect(looked.filter(({ check }) => check.startsWith('replica'))).toMatchObject([{ level: 'ok' }]);
    const goOn = standby.hang();
    expect(await isThere('not-replayed')).toBe(true);
    expect(told()).toContain('left out');
    goOn();
    await server.stop();
  });

  test.each(['statements cancelled', 'connections ended'])('%s: nothing is lost', async (name) => {
    const { codes } = await expectNothingLost(shop, fault(name), 0.3);
    expect(['OK', 'UNAVAILABLE']).toEqual(expect.arrayContaining(codes));
  });

  test('a standby takes the place of a primary that crashed, and has all that was acknowledged', async () => {
    expect(await expectNothingLost(shop, failover(primary, standby), 0.3)).toMatchObject({
      codes: ['OK', 'UNAVAILABLE'],
      saidNotReady: true,
    });
  });
});

describe.runIf(DATABASE === 'sqlite')('SQLite', () => {
  let database: TestDatabase;
  let shop: Shop;

  beforeAll(async () => {
    database = await createDatabase();
    shop = new Shop(database.url);
    await shop.open();
  });
  afterAll(async () => {
    await shop.close();
    await database.drop();
  });

  const fault = (name: RegExp) =>
    sqliteFaults(shop, database.url.slice('sqlite:'.length)).find((one) => name.test(one.name)) as Fault;

  test('a service that is killed has all that it acknowledged when it starts again', async () => {
    const { codes } = await expectNothingLost(shop, fault(/killed/), 0);
    expect(codes).toEqual(['NO ANSWER', 'OK']);
  });

  test('a full disk is UNAVAILABLE, and nothing is lost', async () => {
    const { codes } = await expectNothingLost(shop, fault(/disk full/), 2);
    expect(codes).toEqual(['NO ANSWER', 'OK', 'UNAVAILABLE']);
  });

  test('another process that writes for too long is UNAVAILABLE to all who wait, at the same time', async () => {
    const impatient = await startTestService({ OPERATION_TIMEOUT_MS: '300' });
    const other = new Sqlite(impatient.database.url.slice('sqlite:'.length));
    other.exec('begin immediate');
    const { tag } = operationsOf(impatient.admin);
    // One after another, they would take longer than a test may.
    const answers = await Promise.all(Array.from({ length: 120 }, (_, index) => tag.create({ name: `Tag ${index}` })));
    for (const answer of answers) expect(answer).toFailWith({ code: 'UNAVAILABLE', path: ['createTag'] });
    expect(await impatient.anonymous('{ tags { totalCount } }')).toEqual({
      status: 200,
      data: { tags: { totalCount: 0 } },
    });
    other.exec('rollback');
    other.close();
    expect(await tag.create({ name: 'After it' })).toSucceed();
    await impatient.stop();
  });

  test('writes wait for another process that writes', async () => {
    const { codes } = await expectNothingLost(shop, fault(/another process/), 0.3);
    expect(codes).toEqual(['OK']);
  });
});
