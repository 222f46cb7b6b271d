import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLog } from '../../src/log.js';
import { type RunningServer, startServer } from '../../src/server.js';
import { runCatalog } from '../support/catalog-command.js';
import { createDatabase, type TestDatabase } from '../support/database.js';
import { clientOf, testConfig } from '../support/service.js';

const PASSWORD = 'a plumbus on the line';
const OTHER_PASSWORD = 'another plumbus on the line';

let database: TestDatabase;
let server: RunningServer;

beforeAll(async () => {
  database = await createDatabase();
  server = await startServer(testConfig(database.url), createLog({ logLevel: 'silent' }));
});
afterAll(async () => {
  await server.stop();
  await database.drop();
});

const user = (args: string[], input?: string) => runCatalog(database, ['user', ...args], input);
const create = (username: string, password: string, ...more: string[]) =>
  user(['create', username, '--first-name', 'Rick', '--last-name', 'Sanchez', ...more], `${password}\n`);

async function login(username: string, password: string) {
  const { data, errors } = await clientOf(server.url)(
    'mutation ($username: String!, $password: String!) { login(username: $username, password: $password) { accessToken user { role } } }',
    { username, password },
  );
  return { code: errors?.[0]?.extensions.code, ...data?.login } as {
    code?: string;
    accessToken: string;
    user: { role: string };
  };
}

test('an empty list says how to make the first user', async () => {
  expect(await user(['list'])).toEqual({ code: 0, out: '', err: expect.stringContaining('`catalog user create`') });
});

test('makes the first admin, who can sign in at once', async () => {
  const { code, out, err } = await create('rick', PASSWORD, '--role', 'ADMIN');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(out).toMatch(/^rick +ADMIN +Rick Sanchez: made\n$/);
  expect((await login('rick', PASSWORD)).user.role).toBe('ADMIN');
});

test.each([
  ['a short password', ['short-password', 'short'], 'input.password must have 10 to 200 characters.'],
  ['no password', ['no-password', ''], 'input.password must have 10 to 200 characters.'],
  ['a taken username', ['RICK', PASSWORD], 'The username "RICK" is taken.'],
  ['a wrong username', ['rick sanchez', PASSWORD], 'input.username must be 3 to 20 letters, digits, "_", "-" or ".".'],
])('refuses %s with one line, and makes nobody', async (_what, [username = '', password = ''], message) => {
  expect(await create(username, password)).toEqual({ code: 1, out: '', err: `${message}\n` });
  expect((await user(['list'])).out).toMatch(/^rick .*\n$/);
});

test('sets a password and ends all sessions', async () => {
  const { accessToken } = await login('rick', PASSWORD);
  expect(await user(['password', 'RICK'], `${OTHER_PASSWORD}\n`)).toMatchObject({ code: 0, err: '' });
  expect((await clientOf(server.url, accessToken)('{ me { id } }')).status).toBe(401);
  expect((await login('rick', PASSWORD)).code).toBe('INVALID_CREDENTIALS');
  expect((await login('rick', OTHER_PASSWORD)).code).toBeUndefined();
});

test('changes a role and deactivates, but not the last active admin', async () => {
  await create('morty', PASSWORD, '--role', 'CASHIER');
  const refused = { code: 1, out: '', err: expect.stringMatching(/is the last active admin\.\n$/) };
  expect(await user(['role', 'rick', 'USER'])).toEqual(refused);
  expect(await user(['deactivate', 'rick'])).toEqual(refused);
  expect((await user(['role', 'morty', 'ADMIN'])).out).toMatch(/^morty +ADMIN/);
  expect((await user(['deactivate', 'rick'])).out).toContain('not active');
  expect((await login('rick', OTHER_PASSWORD)).code).toBe('INVALID_CREDENTIALS');
});

test('says who is not there, and which roles there are', async () => {
  expect(await user(['role', 'nobody', 'USER'])).toEqual({ code: 1, out: '', err: 'User "nobody" was not found.\n' });
  expect((await user(['role', 'rick', 'KING'])).err).toContain('USER, CASHIER, ADMIN');
});
