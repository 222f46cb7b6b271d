import { createSigner } from 'fast-jwt';
import { describe, expect, test } from 'vitest';
import { PASSWORD, person, signIn } from '../support/people.js';
import { clientOf, startTestService, useService } from '../support/service.js';

const SECRET = 'a secret that only this test knows, and its service';
const service = useService({ AUTH_SECRET: SECRET });
const ME = '{ me { id } }';

const login = (username: string, password: string, headers: Record<string, string> = {}, url = service.server.url) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({
      query:
        'mutation ($username: String!, $password: String!) { login(username: $username, password: $password) { accessToken } }',
      variables: { username, password },
    }),
  }).then(
    async (response) => (await response.json()) as { errors?: { extensions: { code: string; retryAfter?: number } }[] },
  );

const codeOf = ({ errors }: Awaited<ReturnType<typeof login>>) => errors?.[0]?.extensions.code ?? 'ok';

describe('an access token', () => {
  const now = Math.floor(Date.now() / 1000);
  const claims = (id: string, sid: number) => ({
    iss: 'graphql-catalog',
    aud: 'graphql-catalog',
    sub: id,
    sid,
    iat: now,
    exp: now + 900,
  });
  const sessionOf = (token: string): number =>
    (JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { sid: number }).sid;
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

  test('signed as the service does is taken', async () => {
    const { id, accessToken } = await person(service);
    const token = createSigner({ key: SECRET, algorithm: 'HS256' })(claims(id, sessionOf(accessToken)));
    expect(await clientOf(service.server.url, token)(ME)).toMatchObject({ data: { me: { id } } });
  });

  test('with anything about it forged is refused', async () => {
    const { id, accessToken } = await person(service);
    const other = await person(service);
    const sid = sessionOf(accessToken);
    const sign = createSigner({ key: SECRET, algorithm: 'HS256' });
    const [header = '', payload = '', signature = ''] = accessToken.split('.');
    const forged = {
      'no algorithm': `${encode({ alg: 'none', typ: 'JWT' })}.${encode(claims(id, sid))}.`,
      'no signature': `${header}.${payload}.`,
      'another key': createSigner({ key: `${SECRET}!`, algorithm: 'HS256' })(claims(id, sid)),
      'another algorithm': createSigner({ key: SECRET, algorithm: 'HS512' })(claims(id, sid)),
      'another audience': sign({ ...claims(id, sid), aud: 'another-service' }),
      'another issuer': sign({ ...claims(id, sid), iss: 'another-service' }),
      'no expiry': sign({ ...claims(id, sid), exp: undefined }),
      'no session': sign({ ...claims(id, sid), sid: undefined }),
      "somebody else's session": sign(claims(id, sessionOf(other.accessToken))),
      'a changed payload': `${header}.${encode(claims(other.id, sid))}.${signature}`,
      'a session of no kind': sign({ ...claims(id, sid), sid: 'x' }),
      'a user of no kind': sign({ ...claims(id, sid), sub: "1' or '1'='1" }),
      'a huge session': sign({ ...claims(id, sid), sid: 99_999_999_999 }),
    };
    for (const [what, token] of Object.entries(forged)) {
      const answer = await clientOf(service.server.url, token)(ME);
      expect(answer, what).toFailWith({ code: 'UNAUTHENTICATED' });
      expect(answer.status, what).toBe(401);
    }
  });

  test('that has expired says so', async () => {
    const { id, accessToken } = await person(service);
    const token = createSigner({ key: SECRET, algorithm: 'HS256' })({
      ...claims(id, sessionOf(accessToken)),
      iat: now - 1000,
      exp: now - 1,
    });
    const answer = await clientOf(service.server.url, token)(ME);
    expect(answer).toFailWith({ code: 'TOKEN_EXPIRED' });
    expect(answer.status).toBe(401);
  });

  test('signed with the secret before is taken while that is configured', async () => {
    const key = 'the secret before, which is long enough, too';
    const { id, accessToken } = await person(service);
    const token = createSigner({ key, algorithm: 'HS256' })(claims(id, sessionOf(accessToken)));
    expect(await clientOf(service.server.url, token)(ME)).toFailWith({ code: 'UNAUTHENTICATED' });
    const rotated = await startTestService({ AUTH_SECRET: SECRET, AUTH_SECRET_PREVIOUS: key });
    const there = await person(rotated);
    const old = createSigner({ key, algorithm: 'HS256' })(claims(there.id, sessionOf(there.accessToken)));
    expect(await clientOf(rotated.server.url, old)(ME)).toMatchObject({ data: { me: { id: there.id } } });
    await rotated.stop();
  });
});

describe('who guesses passwords', () => {
  test('is held up after five tries for one user, even all at once', async () => {
    const { username } = await person(service);
    const answers = await Promise.all(Array.from({ length: 12 }, () => login(username, 'wrong guess')));
    const codes = answers.map(codeOf);
    expect(codes.filter((code) => code === 'INVALID_CREDENTIALS').length).toBeLessThanOrEqual(5);
    expect(codes.filter((code) => code === 'RATE_LIMITED').length).toBeGreaterThanOrEqual(7);
    const limited = answers.find((answer) => codeOf(answer) === 'RATE_LIMITED');
    expect(limited?.errors?.[0]?.extensions.retryAfter).toBeGreaterThan(0);
    expect(limited?.errors?.[0]?.extensions.retryAfter).toBeLessThanOrEqual(60);
    expect(codeOf(await login(username, PASSWORD))).toBe('RATE_LIMITED');
  });

  test('does not hold up somebody else at the same address, nor who signs in rightly again and again', async () => {
    const { username } = await person(service);
    for (let time = 0; time < 8; time += 1) expect(codeOf(await login(username, PASSWORD))).toBe('ok');
  });

  test('is told the same of a user who does not exist', async () => {
    const codes = [];
    for (let time = 0; time < 6; time += 1) codes.push(codeOf(await login('nobody-at-all', 'wrong guess')));
    expect(codes).toEqual([...Array.from({ length: 5 }, () => 'INVALID_CREDENTIALS'), 'RATE_LIMITED']);
  });

  test('from many addresses can not lock the owner out of the usual one', async () => {
    const behind = await startTestService({ TRUSTED_PROXIES: '1' });
    const { username } = await person(behind);
    const from = (address: string, password: string) =>
      login(username, password, { 'x-forwarded-for': address }, behind.server.url);
    expect(codeOf(await from('198.51.100.1', PASSWORD))).toBe('ok');
    const guesses = [];
    for (let host = 1; host <= 30; host += 1) guesses.push(codeOf(await from(`203.0.113.${host}`, 'wrong guess')));
    expect(guesses.slice(0, 25)).toEqual(Array.from({ length: 25 }, () => 'INVALID_CREDENTIALS'));
    expect(guesses.slice(25)).toEqual(Array.from({ length: 5 }, () => 'RATE_LIMITED'));
    expect(codeOf(await from('203.0.113.99', PASSWORD))).toBe('RATE_LIMITED');
    expect(codeOf(await from('198.51.100.1', PASSWORD))).toBe('ok');
    await behind.stop();
  });

  test('is known by the network where the address is of version 6', async () => {
    const behind = await startTestService({ TRUSTED_PROXIES: '1' });
    const { username } = await person(behind);
    const codes = [];
    for (let host = 1; host <= 6; host += 1) {
      codes.push(
        codeOf(await login(username, 'wrong guess', { 'x-forwarded-for': `2001:db8:0:7::${host}` }, behind.server.url)),
      );
    }
    expect(codes.at(-1)).toBe('RATE_LIMITED');
    expect(codeOf(await login(username, PASSWORD, { 'x-forwarded-for': '2001:db8:0:8::1' }, behind.server.url))).toBe(
      'ok',
    );
    await behind.stop();
  });

  test('can not choose an address of their own where no proxy is trusted', async () => {
    const { username } = await person(service);
    const codes = [];
    for (let host = 1; host <= 6; host += 1)
      codes.push(codeOf(await login(username, 'wrong guess', { 'x-forwarded-for': `203.0.113.${host}` })));
    expect(codes.at(-1)).toBe('RATE_LIMITED');
  });
});

test('a hash of another cost is made anew at the next sign-in, and no session or version suffers', async () => {
  const { id, username } = await person(service);
  const { hash } = await import('argon2');
  const { User } = await import('../../src/user/user.entity.js');
  const cheap = await hash(PASSWORD, { memoryCost: 8192, timeCost: 2, parallelism: 1 });
  await service.server.database.fork().nativeUpdate(User, { id: Number(id) }, { passwordHash: cheap });
  await signIn(service, username);
  const user = await service.server.database.fork().findOneOrFail(User, { id: Number(id) });
  expect(user.passwordHash).toContain('m=19456,p=1,t=2');
  await signIn(service, username);
});
