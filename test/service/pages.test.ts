import { request as requestRaw } from 'node:http';
import { expect, test } from 'vitest';
import { startTestService, useService } from '../support/service.js';

const service = useService({ LANDING_PAGE: 'reference' });

const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  fetch(new URL(path, service.server.url), { method, headers, redirect: 'manual' });

/** The same without a client that tidies up the path or unpacks the answer. */
const getRaw = (path: string, headers: Record<string, string> = {}) =>
  new Promise<{ status?: number; headers: NodeJS.Dict<string | string[]> }>((resolve, reject) => {
    const { hostname, port } = new URL(service.server.url);
    requestRaw({ hostname, port, path, headers }, (response) => {
      response.resume();
      resolve({ status: response.statusCode, headers: response.headers });
    })
      .on('error', reject)
      .end();
  });

test('a program that asks at the root learns where things are; a person gets the page of the configuration', async () => {
  expect(await (await get('/')).json()).toMatchObject({ graphql: '/graphql', explorer: '/explorer' });
  const answer = await get('/', BROWSER);
  expect([answer.status, answer.headers.get('location')]).toEqual([302, 'reference']);
  expect(answer.headers.get('vary')).toBe('accept');
});

test("the API's address in a browser leads to the pages, a query there to its answer", async () => {
  expect((await get('/graphql', BROWSER)).headers.get('location')).toBe('./');
  const answer = await get('/graphql?query={me{id}}', { ...BROWSER, 'apollo-require-preflight': 'yes' });
  expect(await answer.json()).toEqual({ data: { me: null } });
});

test.each(['/explorer', '/reference'])(
  '%s is a page that nobody can frame and that runs no foreign script',
  async (path) => {
    const { status, headers } = await get(path, BROWSER);
    expect(status).toBe(200);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'.*frame-ancestors 'none'/);
    expect(headers.get('content-security-policy')).not.toMatch(/script-src[^;]*unsafe/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-cache');
    expect((await get(path, {}, 'POST')).status).toBe(405);
  },
);

test('what belongs to a page is kept for a year, and goes out compressed', async () => {
  const page = await (await get('/explorer', BROWSER)).text();
  const script = /src="(assets\/explorer-[\w-]+\.js)"/.exec(page)?.[1];
  const encodingOf = async (acceptEncoding: string) => {
    const { status, headers } = await getRaw(`/${script}`, { 'accept-encoding': acceptEncoding });
    expect(status).toBe(200);
    expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
    return headers['content-encoding'];
  };
  expect(await encodingOf('gzip, br')).toBe('br');
  expect(await encodingOf('gzip, br;q=0')).toBe('gzip');
  expect(await encodingOf('identity')).toBeUndefined();
});

test.each(['/explorer', '/reference', '/favicon.ico', 'an asset'])('%s is sent once to who keeps it', async (name) => {
  const [asset] = /assets\/explorer-[\w-]+\.css/.exec(await (await get('/explorer', BROWSER)).text()) ?? [];
  const path = name === 'an asset' ? `/${asset}` : name;
  const first = await getRaw(path, { 'accept-encoding': 'br' });
  const etag = String(first.headers.etag);
  expect(etag).toMatch(/^"[\w-]{22}"$/);
  for (const known of [etag, `"other", W/${etag}`, '*']) {
    const again = await getRaw(path, { 'accept-encoding': 'br', 'if-none-match': known });
    expect(again.status).toBe(304);
    expect(again.headers).toMatchObject({
      etag,
      vary: first.headers.vary,
      'cache-control': first.headers['cache-control'],
    });
    expect(again.headers).not.toHaveProperty('content-length');
  }
  // Another form of it is another thing, and what it was before the last release is no longer it.
  const stale = [
    { 'accept-encoding': 'gzip', 'if-none-match': etag },
    { 'accept-encoding': 'br', 'if-none-match': '"other"' },
  ];
  for (const headers of stale) {
    const anew = await getRaw(path, headers);
    expect([anew.status, anew.headers.etag === etag]).toEqual([200, headers['accept-encoding'] === 'br']);
  }
});

test('what is not there is kept by nobody', async () => {
  const { headers } = await getRaw('/assets/nothing.js');
  expect(headers['cache-control']).toBe('no-store');
});

test.each([
  '/assets/../../package.json',
  '/assets/..%2f..%2fpackage.json',
  '/assets/nothing.js',
  '/assets/',
  '/assets/.x.js',
  // Nothing has to be registered here.
  '/explorer/operations',
])('%s is not there', async (path) => {
  expect((await getRaw(path)).status).toBe(404);
});

test('where the schema is not told, neither are the reference and the registered operations', async () => {
  const closed = await startTestService({ INTROSPECTION: 'false', OPERATIONS: 'registered' });
  const fetchFrom = (path: string) => fetch(new URL(path, closed.server.url));
  const answer = await fetchFrom('/reference');
  expect([answer.status, await answer.text()]).toEqual([404, expect.stringContaining('INTROSPECTION')]);
  expect(await (await fetchFrom('/')).json()).not.toHaveProperty('reference');
  expect((await fetchFrom('/explorer')).status).toBe(200);
  expect(await (await fetchFrom('/explorer/operations')).json()).toEqual({ operations: null });
  await closed.stop();
});
