import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createLog } from '../../src/log.js';
import { type RunningServer, startServer } from '../../src/server.js';
import { DATABASE } from '../support/database.js';
import { rowsOf, runSql } from '../support/database-state.js';
import { clientOf, testConfig, useService } from '../support/service.js';

describe('requests of a client', () => {
  const service = useService({ TRUSTED_PROXIES: '1', RATE_LIMIT_REQUESTS: '5', RATE_LIMIT_SECONDS: '60' });

  const ask = async (address: string, path = '/graphql?query={__typename}') => {
    const response = await fetch(new URL(path, service.server.url), { headers: { 'x-forwarded-for': address } });
    return { status: response.status, headers: response.headers, body: await response.json() };
  };

  test('are refused from one more on than it may send, with when to try again', async () => {
    for (let n = 0; n < 5; n += 1) expect((await ask('203.0.113.1')).status).toBe(200);
    const { status, headers, body } = await ask('203.0.113.1');
    expect(status).toBe(429);
    const retryAfter = Number(headers.get('retry-after'));
    expect(retryAfter).toBeGreaterThan(50);
    expect(retryAfter).toBeLessThanOrEqual(60);
    expect(body).toEqual({
      errors: [
        {
          message: `Too many requests: wait ${retryAfter} seconds.`,
          extensions: { code: 'RATE_LIMITED', retryAfter, requestId: headers.get('x-request-id') },
        },
      ],
    });
  });

  test('count by themselves, and those of a network of version 6 as one', async () => {
    for (let n = 0; n < 5; n += 1) expect((await ask(`2001:db8:1:2::${n}`)).status).toBe(200);
    expect((await ask('2001:db8:1:2:ffff::1')).status).toBe(429);
    expect((await ask('2001:db8:1:3::1')).status).toBe(200);
  });

  test('do not count for health, nor from the machine itself', async () => {
    for (let n = 0; n < 20; n += 1) {
      expect((await ask('203.0.113.9', '/health/live')).status).toBe(200);
      expect((await ask('127.0.0.1')).status).toBe(200);
      expect((await ask('::1')).status).toBe(200);
    }
  });
});

describe.runIf(DATABASE === 'postgresql')('two processes on one database', () => {
  const settings = { TRUSTED_PROXIES: '1', RATE_LIMIT_REQUESTS: '20', RATE_LIMIT_SECONDS: '600' };
  const service = useService(settings);
  let other: RunningServer;

  beforeAll(async () => {
    other = await startServer(testConfig(service.database.url, settings), createLog({ logLevel: 'silent' }));
  });
  afterAll(() => other.stop());

  const ask = async ({ url }: RunningServer, address: string) => {
    const response = await fetch(`${url}?query={__typename}`, { headers: { 'x-forwarded-for': address } });
    await response.text();
    return response;
  };
  const signIn = async ({ url }: RunningServer, username: string, address: string) => {
    const login = clientOf(url, undefined, { 'x-forwarded-for': address });
    const query = 'mutation ($username: String!) { login(username: $username, password: "guessed") { accessToken } }';
    return (await login(query, { username })).errors?.[0]?.extensions.code;
  };
  const counted = (address: string) =>
    rowsOf(service.database, `select points from rate_limits where key = 'requests:${address}'`);

  test("count a client's requests together, and refuse without a statement", async () => {
    for (let n = 0; n < 20; n += 1) expect((await ask(service.server, '203.0.113.1')).status).toBe(200);
    let passed = 0;
    for (let refused = false; !refused; passed += 1) {
      expect(passed).toBeLessThan(20);
      refused = (await ask(other, '203.0.113.1')).status === 429;
      if (!refused) await sleep(100);
    }
    const response = await ask(other, '203.0.113.1');
    expect(response.status).toBe(429);
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(590);
    expect(await counted('203.0.113.1')).toEqual([{ points: 20 + passed - 1 }]);
  });

  test('count tries to sign in together, without a name or an address in the database', async () => {
    const servers = [service.server, other];
    const codes: unknown[] = [];
    for (let n = 0; n < 6; n += 1) {
      codes.push(await signIn(servers[n % 2] as RunningServer, 'sharedname', '203.0.113.2'));
    }
    expect(codes).toEqual([...Array.from({ length: 5 }, () => 'INVALID_CREDENTIALS'), 'RATE_LIMITED']);
    const stored = JSON.stringify(
      await rowsOf(service.database, `select * from rate_limits where key like 'sign-in%'`),
    );
    expect(stored).not.toMatch(/sharedname|203\.0\.113/);
  });

  test('count alone where they can not do so together', async () => {
    await runSql(service.database, 'alter table rate_limits rename to elsewhere');
    const codes: unknown[] = [];
    for (let n = 0; n < 6; n += 1) codes.push(await signIn(other, 'another', '203.0.113.3'));
    expect(codes).toEqual([...Array.from({ length: 5 }, () => 'INVALID_CREDENTIALS'), 'RATE_LIMITED']);
    for (let n = 0; n < 20; n += 1) expect((await ask(other, '203.0.113.4')).status).toBe(200);
    expect((await ask(other, '203.0.113.4')).status).toBe(429);
    await runSql(service.database, 'alter table elsewhere rename to rate_limits');
    await expect.poll(() => counted('203.0.113.4'), { timeout: 5000 }).toEqual([{ points: 20 }]);
  });
});

describe('operations at the same time', () => {
  const service = useService({ CONCURRENT_OPERATIONS_MAX: '2' });
  const SIGN_IN = 'mutation { login(username: "nobody", password: "guessed wrong") { accessToken } }';

  test('are bounded: one more is refused at once, and the next one taken', async () => {
    const [first, ...others] = await Promise.all(Array.from({ length: 8 }, () => service.anonymous(SIGN_IN)));
    const answers = [first, ...others];
    const codes = answers.map((answer) => answer?.errors?.[0]?.extensions.code);
    const refused = answers.filter((answer) => answer?.status === 503);
    expect(refused.length).toBeGreaterThan(0);
    for (const answer of refused) {
      expect(answer).toFailWith({ code: 'UNAVAILABLE' });
      expect(answer?.errors?.[0]?.extensions.retryAfter).toBe(1);
    }
    expect(codes.filter((code) => code === 'INVALID_CREDENTIALS').length).toBeGreaterThanOrEqual(2);
    expect(await service.anonymous('{ tags { totalCount } }')).toSucceed();
    expect(await service.anonymous('{ tags { totalCount } }')).toSucceed();
  });
});
