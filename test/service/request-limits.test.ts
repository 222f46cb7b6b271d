import { describe, expect, test } from 'vitest';
import { useService } from '../support/service.js';

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
