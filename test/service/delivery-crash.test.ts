import { resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { createLog } from '../../src/log.js';
import { type RunningServer, startServer } from '../../src/server.js';
import { catalogueOf } from '../support/catalogue.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { type FakeTelegram, startTelegram } from '../support/fake-telegram.js';
import { type Running, startNode } from '../support/node-process.js';
import { type Client, clientOf, makeAdministrator, testConfig } from '../support/service.js';

const SERVICE = resolve('dist/src/main.js');
const SECRET = 'the same for every process of this test';

let telegram: FakeTelegram;
let database: TestDatabase;
let token: string;

beforeAll(async () => {
  telegram = await startTelegram();
  database = await createDatabase();
  const server = await start({ DELIVERY: 'off' });
  token = await makeAdministrator(server);
  await server.stop();
});
beforeEach(() => {
  telegram.forget();
  telegram.usually(telegram.asUsual);
});
afterAll(async () => {
  await telegram.stop();
  await database.drop();
});

const start = (environment: Record<string, string> = {}): Promise<RunningServer> =>
  startServer(
    testConfig(database.url, { AUTH_SECRET: SECRET, ...telegram.environment, ...environment }),
    createLog({ logLevel: 'silent' }),
  );

/** The service as a process of its own, which can be killed. */
async function startProcess(): Promise<{ process: Running; admin: Client }> {
  const process = startNode(['--enable-source-maps', SERVICE], database, {
    ...telegram.environment,
    AUTH_SECRET: SECRET,
    MIGRATE_ON_START: 'true',
    PORT: '0',
  });
  const [, url = ''] = await process.says(/"url":"([^"]+)"/);
  return { process, admin: clientOf(url, token) };
}

async function kill({ child, ended }: Running): Promise<void> {
  child.kill('SIGKILL');
  await ended;
}

const nameIn = (text: string) => /<b>([^<]*)<\/b>/.exec(text)?.[1];
const names = (of: FakeTelegram) => of.received.map(({ body }) => nameIn((JSON.parse(body) as { text: string }).text));

test('what was committed before a kill is told of by the next process, once and in order, whenever the kill came', async () => {
  const made: string[] = [];
  for (let round = 1; round <= 2; round += 1) {
    // Nothing is answered: the kill comes between the commit and the message, or while it is sent.
    telegram.usually('hang');
    const { process, admin } = await startProcess();
    for (const part of ['a', 'b']) {
      await catalogueOf(admin).product({ name: `Round ${round}${part}` });
      made.push(`Round ${round}${part}`);
    }
    if (round > 1) await vi.waitFor(() => expect(telegram.received.length).toBeGreaterThan(0), { timeout: 15_000 });
    await kill(process);
  }
  telegram.forget();
  telegram.usually(telegram.asUsual);
  const server = await start();
  await vi.waitFor(() => expect(telegram.taken).toHaveLength(made.length), { timeout: 20_000 });
  expect(names(telegram)).toEqual(made);
  await server.stop();
});

test('two processes on one database share the work: each message is sent once, and in order', async () => {
  const servers = await Promise.all([start(), start()]);
  const [first, second] = servers.map(({ url }) => clientOf(url, token));
  if (!first || !second) expect.fail('There are no two of them.');
  const made = Array.from({ length: 20 }, (_, index) => `Shared ${index}`);
  for (const [index, name] of made.entries()) await catalogueOf(index % 2 === 0 ? first : second).product({ name });
  await vi.waitFor(() => expect(telegram.taken.length).toBeGreaterThanOrEqual(made.length), { timeout: 15_000 });
  expect(names(telegram)).toEqual(made);
  await Promise.all(servers.map((server) => server.stop()));
  expect(telegram.received).toHaveLength(made.length);
});

test('a stop waits for the message that is being sent, and leaves the next ones to others', async () => {
  let isTaken = false;
  telegram.next({
    ...telegram.asUsual,
    after: () => new Promise((done) => setTimeout(() => ((isTaken = true), done()), 300)),
  });
  const server = await start();
  for (const name of ['Sent', 'Left']) await catalogueOf(clientOf(server.url, token)).product({ name });
  await vi.waitFor(() => expect(telegram.received).toHaveLength(1), { timeout: 15_000 });
  await server.stop();
  expect([isTaken, names(telegram)]).toEqual([true, ['Sent']]);
  const next = await start();
  await vi.waitFor(() => expect(names(telegram)).toEqual(['Sent', 'Left']), { timeout: 15_000 });
  await next.stop();
});
