import { describe, expect, test } from 'vitest';
import { dataOf } from '../support/catalogue.js';
import { PASSWORD, person, refresh, signIn } from '../support/people.js';
import { clientOf, startTestService, useService } from '../support/service.js';

const service = useService();
const ME = '{ me { username role } }';

const askWith = (accessToken: string) => clientOf(service.server.url, accessToken)(ME);

/** An access token that must not be good any more, though it has not expired. */
async function expectEnded(accessToken: string): Promise<void> {
  const answer = await askWith(accessToken);
  expect(answer).toFailWith({ code: 'UNAUTHENTICATED' });
  expect(answer.status).toBe(401);
}

test('who registers is a USER, signed in at once', async () => {
  const answer = await service.anonymous(`mutation {
    register(input: { username: "Summer", password: "${PASSWORD}", firstName: "Summer", lastName: "Smith", age: 17 }) {
      accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt
      a: user { username slug fullName } b: user { firstName lastName age role isActive version }
    }
  }`);
  const { accessToken, accessTokenExpiresAt, refreshTokenExpiresAt, a, b } = dataOf(answer).register;
  expect(a).toEqual({ username: 'Summer', slug: 'summer', fullName: 'Summer Smith' });
  expect(b).toEqual({ firstName: 'Summer', lastName: 'Smith', age: 17, role: 'USER', isActive: true, version: 1 });
  const minutes = (Date.parse(accessTokenExpiresAt) - Date.now()) / 60_000;
  expect(minutes).toBeGreaterThan(14);
  expect(minutes).toBeLessThanOrEqual(15);
  const days = (Date.parse(refreshTokenExpiresAt) - Date.now()) / 86_400_000;
  expect(days).toBeGreaterThan(29.9);
  expect(days).toBeLessThanOrEqual(30);
  expect(await askWith(accessToken)).toMatchObject({ data: { me: { username: 'Summer', role: 'USER' } } });
});

test('nobody registers where registration is closed', async () => {
  const closed = await startTestService({ REGISTRATION: 'closed' });
  const answer = await closed.anonymous(
    `mutation { register(input: { username: "jerry", password: "${PASSWORD}", firstName: "J", lastName: "S" }) { accessToken } }`,
  );
  expect(answer).toFailWith({ code: 'FORBIDDEN', path: ['register'] });
  expect(dataOf(await closed.admin('{ users { totalCount } }')).users.totalCount).toBe(1);
  await closed.stop();
});

test('signs in whatever the case of the username, and tells nobody apart who can not', async () => {
  const { username, id } = await person(service, 'USER', 'Birdperson');
  expect((await signIn(service, 'BIRDPERSON')).username).toBe(username);
  const login = (name: string, password: string) =>
    service.anonymous(
      `mutation ($name: String!, $password: String!) { login(username: $name, password: $password) { accessToken } }`,
      { name, password },
    );
  const wrong = await login(username, 'not the password');
  const unknown = await login('nobody', PASSWORD);
  const long = await login(username, 'x'.repeat(100_000));
  await service.admin('mutation ($id: ID!) { updateUser(id: $id, input: { isActive: false }) { id } }', { id });
  const inactive = await login(username, PASSWORD);
  for (const answer of [wrong, unknown, long, inactive]) {
    expect(answer).toFailWith({ code: 'INVALID_CREDENTIALS', path: ['login'] });
    expect(answer.errors).toEqual(wrong.errors);
  }
});

describe('refreshing', () => {
  test('answers another pair, which is good', async () => {
    const rick = await person(service);
    const next = dataOf(await refresh(service.anonymous, rick.refreshToken)).refresh;
    expect(next.refreshToken).not.toBe(rick.refreshToken);
    expect(await askWith(next.accessToken)).toMatchObject({ data: { me: { username: rick.username } } });
  });

  test('two tabs that refresh at the same moment get the same pair, and stay signed in', async () => {
    const rick = await person(service);
    const [one, two] = await Promise.all([
      refresh(service.anonymous, rick.refreshToken),
      refresh(service.anonymous, rick.refreshToken),
    ]);
    expect(dataOf(one).refresh).toEqual(dataOf(two).refresh);
    expect(await refresh(service.anonymous, dataOf(one).refresh.refreshToken)).toSucceed();
  });

  test('a token used a second time ends the session', async () => {
    const strict = await startTestService({ REFRESH_GRACE_SECONDS: '0' });
    const rick = await person(strict);
    const next = dataOf(await refresh(strict.anonymous, rick.refreshToken)).refresh;
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await refresh(strict.anonymous, rick.refreshToken)).toFailWith({
      code: 'UNAUTHENTICATED',
      path: ['refresh'],
    });
    expect(await refresh(strict.anonymous, next.refreshToken)).toFailWith({
      code: 'UNAUTHENTICATED',
      path: ['refresh'],
    });
    expect(await clientOf(strict.server.url, next.accessToken)(ME)).toFailWith({ code: 'UNAUTHENTICATED' });
    await strict.stop();
  });

  test('a token from before the last one ends the session even within the grace', async () => {
    const rick = await person(service);
    const second = dataOf(await refresh(service.anonymous, rick.refreshToken)).refresh;
    const third = dataOf(await refresh(service.anonymous, second.refreshToken)).refresh;
    expect(await refresh(service.anonymous, rick.refreshToken)).toFailWith({
      code: 'UNAUTHENTICATED',
      path: ['refresh'],
    });
    await expectEnded(third.accessToken);
  });

  test.each(['', 'nonsense', 'A'.repeat(64), 'A'.repeat(63), `${'A'.repeat(64)}=`])(
    '"%s" is no token, and ends nothing',
    async (token) => {
      const rick = await person(service);
      expect(await refresh(service.anonymous, token)).toFailWith({ code: 'UNAUTHENTICATED', path: ['refresh'] });
      expect(await rick.ask(ME)).toSucceed();
    },
  );

  test('does not work for a session that has expired', async () => {
    const rick = await person(service);
    await expire(rick.username);
    expect(await refresh(service.anonymous, rick.refreshToken)).toFailWith({
      code: 'UNAUTHENTICATED',
      path: ['refresh'],
    });
    await expectEnded(rick.accessToken);
  });
});

/** Lets the sessions of a user run out. */
async function expire(username: string): Promise<void> {
  const { orm } = service.server.database;
  const em = orm.em.fork();
  const { User } = await import('../../src/user/user.entity.js');
  const { Session } = await import('../../src/session/session.entity.js');
  const user = await em.findOneOrFail(User, { username });
  await em.nativeUpdate(Session, { user: user.id }, { expiresAt: new Date(Date.now() - 1000) });
}

describe('ends on the next request', () => {
  test('by logout', async () => {
    const rick = await person(service);
    const elsewhere = await signIn(service, rick.username);
    expect(await rick.ask('mutation { logout }')).toMatchObject({ data: { logout: true } });
    await expectEnded(rick.accessToken);
    expect(await refresh(service.anonymous, rick.refreshToken)).toFailWith({
      code: 'UNAUTHENTICATED',
      path: ['refresh'],
    });
    expect(await elsewhere.ask(ME)).toSucceed();
  });

  test('one session, or all', async () => {
    const phone = await person(service);
    const laptop = await signIn(service, phone.username);
    const { sessions } = dataOf(
      await laptop.ask('{ sessions { id current userAgent createdAt lastUsedAt expiresAt } }'),
    );
    expect(sessions).toHaveLength(2);
    expect(sessions.map(({ current }: { current: boolean }) => current)).toEqual([true, false]);
    const [, { id }] = sessions;
    expect(await laptop.ask('mutation ($id: ID!) { endSession(id: $id) }', { id })).toMatchObject({
      data: { endSession: true },
    });
    expect(await laptop.ask('mutation ($id: ID!) { endSession(id: $id) }', { id })).toMatchObject({
      data: { endSession: false },
    });
    await expectEnded(phone.accessToken);
    const tablet = await signIn(service, phone.username);
    expect(await tablet.ask('mutation { endAllSessions }')).toMatchObject({ data: { endAllSessions: true } });
    await expectEnded(tablet.accessToken);
    await expectEnded(laptop.accessToken);
  });

  test('by deactivation and by deletion', async () => {
    const [rick, morty] = [await person(service), await person(service)];
    await service.admin('mutation ($id: ID!) { updateUser(id: $id, input: { isActive: false }) { id } }', {
      id: rick.id,
    });
    await expectEnded(rick.accessToken);
    expect(await refresh(service.anonymous, rick.refreshToken)).toFailWith({
      code: 'UNAUTHENTICATED',
      path: ['refresh'],
    });
    await service.admin('mutation ($id: ID!) { deleteUser(id: $id) { id } }', { id: morty.id });
    await expectEnded(morty.accessToken);
    // Active again, the user has to sign in again.
    await service.admin('mutation ($id: ID!) { updateUser(id: $id, input: { isActive: true }) { id } }', {
      id: rick.id,
    });
    await expectEnded(rick.accessToken);
  });

  test('everywhere else by a changed password', async () => {
    const rick = await person(service);
    const elsewhere = await signIn(service, rick.username);
    const answer = await rick.ask(
      `mutation { changePassword(currentPassword: "${PASSWORD}", newPassword: "a brand new plumbus") { id } }`,
    );
    expect(answer).toSucceed();
    expect(await rick.ask(ME)).toSucceed();
    await expectEnded(elsewhere.accessToken);
    expect((await signIn(service, rick.username, 'a brand new plumbus')).id).toBe(rick.id);
    await expect(signIn(service, rick.username)).rejects.toThrow('INVALID_CREDENTIALS');
  });

  test('what a role allowed, though the token stays good', async () => {
    await person(service, 'ADMIN');
    const { id, ask } = await person(service, 'ADMIN');
    expect(await ask('{ users { totalCount } }')).toSucceed();
    await service.admin('mutation ($id: ID!) { updateUser(id: $id, input: { role: CASHIER }) { id } }', { id });
    expect(await ask('{ users { totalCount } }')).toFailWith({ code: 'FORBIDDEN', path: ['users'] });
    expect(await ask(ME)).toMatchObject({ data: { me: { role: 'CASHIER' } } });
  });
});

test('a changed password needs the right one, and one that may be used', async () => {
  const rick = await person(service);
  const change = (current: string, next: string) =>
    rick.ask(
      'mutation ($current: String!, $next: String!) { changePassword(currentPassword: $current, newPassword: $next) { id } }',
      { current, next },
    );
  expect(await change('not the password', 'a brand new plumbus')).toFailWith({
    code: 'INVALID_CREDENTIALS',
    path: ['changePassword'],
  });
  expect(await change(PASSWORD, 'short')).toFailWith({
    code: 'BAD_USER_INPUT',
    path: ['changePassword'],
    fields: ['newPassword'],
  });
  expect((await signIn(service, rick.username)).id).toBe(rick.id);
});
