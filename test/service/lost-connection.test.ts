import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createLog } from '../../src/log.js';
import { type RunningServer, startServer } from '../../src/server.js';
import { createDatabase, DATABASE, type TestDatabase } from '../support/database.js';
import { dataOf } from '../support/catalogue.js';
import { rowsOf } from '../support/database-state.js';
import { type Client, clientOf, makeAdministrator, testConfig } from '../support/service.js';
import { TcpProxy } from '../support/tcp-proxy.js';

describe.runIf(DATABASE === 'postgresql')('a connection to PostgreSQL that is lost', () => {
  let database: TestDatabase;
  let proxy: TcpProxy;
  let server: RunningServer;
  let token: string;
  let admin: Client;

  beforeAll(async () => {
    database = await createDatabase();
    const { hostname, port } = new URL(database.url);
    proxy = await TcpProxy.start(Number(port), hostname);
    const url = new URL(database.url);
    url.port = String(proxy.port);
    const config = testConfig(url.href, { OPERATION_TIMEOUT_MS: '1000' });
    server = await startServer(config, createLog({ logLevel: 'silent' }));
    token = await makeAdministrator(server);
    admin = clientOf(server.url, token);
  });
  afterEach(() => {
    proxy.decide = () => 'pass';
  });
  afterAll(async () => {
    await server.stop();
    await proxy.stop();
    await database.drop();
  });

  const createTag = (client: Client, slug: string) =>
    client('mutation ($input: CreateTagInput!) { createTag(input: $input) { id slug } }', {
      input: { name: slug, slug },
    });
  const count = () => admin('{ tags { totalCount } }');
  const tagsWith = (slug: string) => rowsOf(database, `select id from tags where slug = '${slug}'`);

  /** The connections that there are die at their next use; new ones are good. */
  function letOldOnesDie(): void {
    const seen = new WeakSet<object>();
    proxy.decide = (message, client) => {
      // A connection's first message asks for a protocol; each later one begins with its type.
      if (message[0] === 0) seen.add(client);
      return seen.has(client) ? 'pass' : 'cut';
    };
  }

  const loseAnswersOf = (word: string) => {
    proxy.decide = (message) => (message.includes(word) ? 'lose answer' : 'pass');
  };

  test('while nobody used it is replaced: no read and no write fails', async () => {
    for (let round = 0; round < 3; round += 1) {
      await Promise.all([count(), count(), count()]);
      letOldOnesDie();
      expect(await count()).toSucceed();
      expect(await createTag(admin, `after-${round}`)).toSucceed();
      expect(await tagsWith(`after-${round}`)).toHaveLength(1);
    }
  });

  test('within a transaction has it run again, once in effect', async () => {
    dataOf(await createTag(admin, 'before'));
    let losses = 0;
    proxy.decide = (message) => (message.includes('within') && (losses += 1) === 1 ? 'lose answer' : 'pass');
    expect(await createTag(admin, 'within')).toSucceed();
    expect(losses).toBeGreaterThan(1);
    expect(await tagsWith('within')).toHaveLength(1);
  });

  test('during the commit is told as that: it may have been made', async () => {
    loseAnswersOf('commit');
    const answer = await createTag(admin, 'unknown');
    expect(answer.status).toBe(503);
    expect(answer).toFailWith({ code: 'UNAVAILABLE', path: ['createTag'] });
    expect(answer.errors?.[0]?.message).toMatch(/may have been made or not: look before you send it again/);
    expect(await tagsWith('unknown')).toHaveLength(1);
  });

  test('during the commit of a request with an Idempotency-Key: the repeat answers what was done', async () => {
    loseAnswersOf('commit');
    const client = clientOf(server.url, token, { 'idempotency-key': randomUUID() });
    expect(await createTag(client, 'known')).toFailWith({ code: 'UNAVAILABLE', path: ['createTag'] });
    proxy.decide = () => 'pass';
    const [{ id } = {}] = await tagsWith('known');
    expect(dataOf(await createTag(client, 'known')).createTag).toEqual({ id: String(id), slug: 'known' });
  });

  describe('with a product that is made by one message', () => {
    const createProduct = (slug: string) =>
      admin('mutation ($input: CreateProductInput!) { createProduct(input: $input) { slug } }', {
        input: { name: slug, slug, priceShmeckles: 1, priceFlurbos: 1 },
      });
    const productsWith = (slug: string) => rowsOf(database, `select id from products where slug = '${slug}'`);

    test('while nobody used it for a while is asked first, and replaced', async () => {
      await Promise.all([count(), count(), count()]);
      await setTimeout(1100);
      letOldOnesDie();
      expect(await createProduct('replaced')).toSucceed();
      expect(await productsWith('replaced')).toHaveLength(1);
    });

    test('behind the message is told as that: it may have been made', async () => {
      dataOf(await createProduct('before'));
      loseAnswersOf('perhaps');
      const answer = await createProduct('perhaps');
      expect(answer.status).toBe(503);
      expect(answer).toFailWith({ code: 'UNAVAILABLE', path: ['createProduct'] });
      expect(answer.errors?.[0]?.message).toMatch(/may have been made or not: look before you send it again/);
      expect(await productsWith('perhaps')).toHaveLength(1);
    });
  });

  test('in silence is UNAVAILABLE within the time limit, for reads and writes, and the next ones are answered', async () => {
    proxy.decide = () => 'hold';
    const [read, write, ready] = await Promise.all([
      count(),
      createTag(admin, 'silent'),
      fetch(new URL('/health/ready', server.url)),
    ]);
    expect([read.status, write.status, ready.status]).toEqual([503, 503, 503]);
    proxy.decide = () => 'pass';
    await expect.poll(async () => (await count()).status, { timeout: 5000 }).toBe(200);
    expect(await createTag(admin, 'silent')).toSucceed();
  });

  test('that is to be encrypted, and can not be, is none', async () => {
    const url = `${database.url}?sslmode=require`;
    await expect(startServer(testConfig(url), createLog({ logLevel: 'silent' }))).rejects.toThrow(/SSL/);
  });

  test('says when to come again', async () => {
    proxy.decide = () => 'cut';
    const answer = await fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{ tags { totalCount } }"}',
    });
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
  });
});
