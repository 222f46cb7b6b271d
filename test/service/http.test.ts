import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { catalogueOf } from '../support/catalogue.js';
import { useService } from '../support/service.js';

const service = useService({ BODY_LIMIT_BYTES: '50000', COMPRESSION_MIN_BYTES: '2000' });

interface Raw {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

/** Sends a request as it is: `fetch` would add headers and decode the answer. */
function send(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string | Buffer,
): Promise<Raw> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(new URL(path, service.server.url), { method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

const JSON_TYPE = { 'content-type': 'application/json' };
const post = (body: string | Buffer, headers: Record<string, string> = JSON_TYPE) =>
  send('POST', '/graphql', headers, body);
const query = (text: string) => JSON.stringify({ query: text });
const codeOf = ({ body }: Raw) =>
  (JSON.parse(body.toString()) as { errors: { extensions: { code: string } }[] }).errors[0]?.extensions.code;

describe('a request that is not as the service takes it', () => {
  const TAGS = query('{ tags { totalCount } }');
  test.each<[string, Record<string, string>, string | Buffer, number]>([
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'query={tags{totalCount}}', 415],
    ['a form with parts', { 'content-type': 'multipart/form-data; boundary=x' }, '--x--', 415],
    ['plain text', { 'content-type': 'text/plain' }, TAGS, 415],
    ['a query by itself', { 'content-type': 'application/graphql' }, '{ tags { totalCount } }', 415],
    ['XML', { 'content-type': 'application/xml' }, '<a/>', 415],
    ['no content type', {}, TAGS, 415],
    ['a content type that is none', { 'content-type': 'json' }, TAGS, 415],
    ['another charset', { 'content-type': 'application/json; charset=utf-16' }, TAGS, 415],
    ['a compressed body', { ...JSON_TYPE, 'content-encoding': 'gzip' }, gzipSync(TAGS), 415],
    ['a bomb', { ...JSON_TYPE, 'content-encoding': 'gzip' }, gzipSync(' '.repeat(1e7)), 415],
    ['no JSON', JSON_TYPE, '{"query":', 400],
    ['a number', JSON_TYPE, '1', 400],
    ['null', JSON_TYPE, 'null', 400],
    ['nothing', JSON_TYPE, '', 400],
    ['a batch', JSON_TYPE, `[${TAGS},${TAGS}]`, 400],
    ['an empty batch', JSON_TYPE, '[]', 400],
    ['an empty query', JSON_TYPE, query(''), 400],
    ['a body that is too large', JSON_TYPE, query(' '.repeat(50_000)), 413],
  ])('is refused: %s', async (_, headers, body, status) => {
    const answer = await post(body, headers);
    expect({ status: answer.status, code: codeOf(answer) }).toEqual({ status, code: 'BAD_REQUEST' });
  });

  test('is refused while it grows, where it does not say how large it is', async () => {
    const answer = await post(query(' '.repeat(60_000)), { ...JSON_TYPE, 'transfer-encoding': 'chunked' });
    expect(answer.status).toBe(413);
  });

  test.each(['PUT', 'DELETE', 'PATCH', 'HEAD', 'TRACE'])('is refused: %s', async (method) => {
    const answer = await send(method, '/graphql');
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe('GET, POST');
  });

  test('takes what is JSON by other words', async () => {
    for (const type of ['application/json; charset=UTF-8', 'Application/JSON;charset="utf-8"']) {
      expect((await post(TAGS, { 'content-type': type })).status).toBe(200);
    }
  });
});

describe('a page of another origin', () => {
  const path = `/graphql?query=${encodeURIComponent('{ tags { totalCount } }')}`;
  const SANDBOX = 'https://studio.apollographql.com';

  test.each(['cross-site', 'same-site'])('can not have a browser send a query: %s', async (site) => {
    const answer = await send('GET', path, { 'sec-fetch-site': site });
    expect({ status: answer.status, code: codeOf(answer) }).toEqual({ status: 403, code: 'FORBIDDEN' });
  });

  test.each<Record<string, string>>([
    {},
    { 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'none' },
    { 'sec-fetch-site': 'cross-site', 'apollo-require-preflight': '1' },
    { 'sec-fetch-site': 'cross-site', 'x-apollo-operation-name': 'Tags' },
    { 'sec-fetch-site': 'cross-site', origin: SANDBOX },
  ])('is no page where a query comes with %j', async (headers) => {
    const answer = await send('GET', path, headers);
    expect(answer.status).toBe(200);
    expect(answer.body.toString()).toBe('{"data":{"tags":{"totalCount":0}}}\n');
  });

  test('may ask which headers it may send, where its origin is configured', async () => {
    const preflight = (origin: string) =>
      send('OPTIONS', '/graphql', { origin, 'access-control-request-method': 'POST' });
    const { status, headers } = await preflight(SANDBOX);
    expect({ status, headers }).toMatchObject({
      status: 204,
      headers: {
        'access-control-allow-origin': SANDBOX,
        'access-control-allow-methods': 'GET, POST',
        'access-control-max-age': '7200',
        vary: 'accept, accept-encoding, origin',
      },
    });
    expect(headers['access-control-allow-headers']).toContain('authorization');
    expect(headers['access-control-allow-credentials']).toBeUndefined();
    for (const origin of ['https://evil.example', 'null', `${SANDBOX}.evil.example`]) {
      expect((await preflight(origin)).headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  test('can not change anything by GET', async () => {
    const change = `/graphql?query=${encodeURIComponent('mutation { logout }')}`;
    const answer = await send('GET', change, { 'apollo-require-preflight': '1' });
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe('POST');
  });
});

test('a query by GET has variables and an operation name', async () => {
  const document = 'query A { __typename } query B($first: Int) { tags(first: $first) { totalCount } }';
  const search = new URLSearchParams({ query: document, operationName: 'B', variables: '{"first":3}' });
  expect((await send('GET', `/graphql?${search.toString()}`)).body.toString()).toBe(
    '{"data":{"tags":{"totalCount":0}}}\n',
  );
});

test.each([
  ['the API', 'GET', '/graphql?query={__typename}'],
  ['an error', 'POST', '/graphql'],
  ['health', 'GET', '/health/live'],
  ['nothing', 'GET', '/nothing'],
])('the answer of %s keeps a browser from making anything else of it', async (_, method, path) => {
  expect((await send(method, path)).headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cache-control': 'no-store',
  });
});

describe('a large answer', () => {
  const given = catalogueOf(service.admin);
  const NAMES = query('{ tags(first: 100) { nodes { name slug } } }');
  beforeAll(async () => {
    for (let n = 0; n < 40; n += 1) await given.tag({ name: `${'a long name '.repeat(8)}${n}` });
  });

  test.each<[string, string | undefined, ((body: Buffer) => Buffer) | undefined]>([
    ['br', 'gzip, deflate, br', brotliDecompressSync],
    ['br', '*', brotliDecompressSync],
    ['gzip', 'gzip', gunzipSync],
    ['gzip', 'br;q=0, gzip;q=0.5', gunzipSync],
    ['undefined', 'deflate', undefined],
    ['undefined', 'identity', undefined],
    ['undefined', 'br;q=0, gzip;q=0', undefined],
    ['undefined', undefined, undefined],
  ])('is sent as %s to who takes %s, whether the query is known or not', async (encoding, accepted, decode) => {
    const plain = await post(NAMES);
    expect(plain.body.length).toBeGreaterThan(5000);
    const headers = { ...JSON_TYPE, ...(accepted && { 'accept-encoding': accepted }) };
    for (const text of [NAMES, NAMES, query(`{ tags(first: 100) { nodes { name slug } } } # ${accepted}`)]) {
      const answer = await post(text, headers);
      expect(String(answer.headers['content-encoding'])).toBe(encoding);
      expect(answer.headers.vary).toContain('accept-encoding');
      expect(answer.headers['content-length']).toBe(String(answer.body.length));
      expect((decode?.(answer.body) ?? answer.body).toString()).toBe(plain.body.toString());
      if (decode) expect(answer.body.length).toBeLessThan(plain.body.length / 2);
    }
  });

  test('is one thing, a small one another', async () => {
    const answer = await post(query('{ __typename }'), { ...JSON_TYPE, 'accept-encoding': 'gzip' });
    expect(answer.headers['content-encoding']).toBeUndefined();
  });
});

describe('a persisted query', () => {
  const text = '{ tags(first: 1) { totalCount } }';
  const persisted = (hash: string, version = 1) => ({ persistedQuery: { version, sha256Hash: hash } });
  const hash = createHash('sha256').update(text).digest('hex');

  test('is sent once, and by its hash from then on', async () => {
    const byHash = JSON.stringify({ extensions: persisted(hash) });
    expect(codeOf(await post(byHash))).toBe('PERSISTED_QUERY_NOT_FOUND');
    expect((await post(JSON.stringify({ query: text, extensions: persisted(hash) }))).status).toBe(200);
    const search = new URLSearchParams({ extensions: JSON.stringify(persisted(hash)) });
    for (const answer of [await post(byHash), await post(byHash), await send('GET', `/graphql?${search.toString()}`)]) {
      expect(answer.body.toString()).toBe('{"data":{"tags":{"totalCount":40}}}\n');
    }
  });

  test.each<[string, object]>([
    ['another hash', { query: text, extensions: persisted('0'.repeat(64)) }],
    ['another version', { extensions: persisted(hash, 2) }],
    ['no hash', { extensions: { persistedQuery: { version: 1 } } }],
    ['a hash that is none', { extensions: { persistedQuery: { version: 1, sha256Hash: { a: 1 } } } }],
  ])('is refused with %s', async (_, body) => {
    const answer = await post(JSON.stringify(body));
    expect(answer.status).toBeLessThan(500);
    expect(['BAD_REQUEST', 'PERSISTED_QUERY_NOT_FOUND']).toContain(codeOf(answer));
  });
});
