import { expect, test } from 'vitest';
import { DATABASE } from '../support/database.js';
import { startTestService, useService } from '../support/service.js';

const service = useService();

const get = async (path: string, init?: RequestInit) => {
  const response = await fetch(new URL(path, service.server.url), init);
  return { status: response.status, headers: response.headers, body: await response.text() };
};

test('is live, and ready once the database answers and is migrated', async () => {
  expect(await get('/health/live')).toMatchObject({ status: 200, body: '{"status":"live"}' });
  expect(await get('/health/ready')).toMatchObject({ status: 200, body: '{"status":"ready"}' });
});

test('is live but not ready behind a migration', async () => {
  await service.server.database.orm.migrator.down();
  expect(await get('/health/ready')).toMatchObject({ status: 503, body: '{"status":"unavailable"}' });
  expect(await get('/health/live')).toMatchObject({ status: 200 });
  await service.server.database.migrate();
  expect(await get('/health/ready')).toMatchObject({ status: 200 });
});

test('says of other paths that nothing is there', async () => {
  expect(await get('/nothing')).toMatchObject({ status: 404 });
});

test('answers queries by GET, but no mutation', async () => {
  expect(await get('/graphql?query={tags{totalCount}}')).toMatchObject({
    status: 200,
    body: '{"data":{"tags":{"totalCount":0}}}\n',
  });
  const mutation = `/graphql?query=${encodeURIComponent('mutation { createTag(input: { name: "x" }) { id } }')}`;
  expect((await get(mutation)).status).toBe(405);
});

test('refuses a body that is no JSON, and one that is too large, without a stack', async () => {
  const headers = { 'content-type': 'application/json' };
  const wrong = await get('/graphql', { method: 'POST', headers, body: '{"query":' });
  expect(wrong.status).toBe(400);
  expect(wrong.body).not.toMatch(/ at |\.ts|\.js/);
  const large = await get('/graphql', {
    method: 'POST',
    headers,
    body: JSON.stringify({ query: ' '.repeat(1_000_001) }),
  });
  expect(large.status).toBe(413);
});

test('lets pages of configured origins in, and no others', async () => {
  const preflight = (origin: string) =>
    get('/graphql', { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });
  const sandbox = await preflight('https://studio.apollographql.com');
  expect(sandbox.headers.get('access-control-allow-origin')).toBe('https://studio.apollographql.com');
  expect((await preflight('https://evil.example')).headers.get('access-control-allow-origin')).toBeNull();
});

test.runIf(DATABASE === 'postgresql')(
  'is live but not ready while the database is away, and says UNAVAILABLE',
  async () => {
    const away = await startTestService();
    await away.database.drop();
    const at = async (path: string) => (await fetch(new URL(path, away.server.url))).status;
    expect(await at('/health/ready')).toBe(503);
    expect(await at('/health/live')).toBe(200);
    expect(await away.anonymous('{ tags { totalCount } }')).toFailWith({ code: 'UNAVAILABLE', path: ['tags'] });
    await away.server.stop();
  },
);
