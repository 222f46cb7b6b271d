import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unitOfWork } from '../../src/database/unit-of-work.js';
import { addOperations, removeOperations } from '../../src/operation/operation.writes.js';
import { type RunningServer, startServer } from '../../src/server.js';
import { createLog } from '../../src/log.js';
import { runCatalog } from '../support/catalog-command.js';
import { testConfig, useService } from '../support/service.js';

const TAGS = 'query Tags($first: Int) { tags(first: $first) { totalCount } }';
const HASH = createHash('sha256').update(TAGS).digest('hex');
const ANSWER = { data: { tags: { totalCount: 0 } } };

const service = useService();
/** Another process's, on the same database, that answers nothing else. */
let exclusive: RunningServer;
let folder: string;

beforeAll(async () => {
  exclusive = await startServer(
    testConfig(service.database.url, { OPERATIONS: 'registered' }),
    createLog({ logLevel: 'silent' }),
  );
  folder = mkdtempSync(join(tmpdir(), 'catalog-operations-'));
});
afterAll(async () => {
  await exclusive?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function post(
  url: string,
  body: object,
): Promise<{ status: number; answer: { errors?: { extensions: { code: string } }[] } }> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  return {
    status: response.status,
    answer: (await response.json()) as { errors?: { extensions: { code: string } }[] },
  };
}

const codeOf = ({ answer }: Awaited<ReturnType<typeof post>>) => answer.errors?.[0]?.extensions.code;

test('are added, listed and removed on the command line', async () => {
  mkdirSync(join(folder, 'src'));
  writeFileSync(join(folder, 'src', 'tags.graphql'), TAGS);
  writeFileSync(join(folder, 'relay.json'), JSON.stringify({ 'relay-me': 'query Me { me { id } }' }));
  const added = await runCatalog(service.database, ['operations', 'add', folder]);
  expect(added).toEqual({ code: 0, out: '2 operations registered.\n', err: '' });
  const listed = await runCatalog(service.database, ['operations', 'list']);
  expect(listed.out).toBe(`relay-me  Me\n${HASH}  Tags\n`);
  const removed = await runCatalog(service.database, ['operations', 'remove', 'relay-me', 'never-there']);
  expect(removed).toEqual({ code: 1, out: '1 operation removed.\n', err: 'Not registered: never-there\n' });
});

describe('once registered', () => {
  beforeAll(() =>
    unitOfWork(service.server.database, (em) => addOperations(em, [{ id: HASH, name: 'Tags', text: TAGS }])),
  );

  const bodies: [string, object][] = [
    ['documentId', { documentId: HASH, variables: { first: 1 } }],
    ["Relay's doc_id", { doc_id: HASH, operationName: 'Tags', variables: null }],
    ["Relay's id", { id: HASH }],
    ["Apollo's hash", { extensions: { persistedQuery: { version: 1, sha256Hash: HASH } } }],
    ['the text', { query: TAGS }],
  ];

  test.each(bodies)('are asked for by %s, time and again, from every process', async (_, body) => {
    for (const url of [service.server.url, exclusive.url, exclusive.url, exclusive.url]) {
      expect(await post(url, body)).toEqual({ status: 200, answer: ANSWER });
    }
  });

  test('are asked for by GET', async () => {
    const hash = { extensions: JSON.stringify({ persistedQuery: { version: 1, sha256Hash: HASH } }) };
    const searches: Record<string, string>[] = [{ documentId: HASH, variables: '{"first":1}' }, hash, { query: TAGS }];
    for (const search of searches) {
      const response = await fetch(`${exclusive.url}?${new URLSearchParams(search).toString()}`);
      expect(await response.json()).toEqual(ANSWER);
    }
  });

  test('are asked for as subscriptions', async () => {
    const text = 'subscription { eventAdded(after: "0") { id } }';
    await unitOfWork(service.server.database, (em) => addOperations(em, [{ id: 'events', name: null, text }]));
    const codesOf = async (body: object) => {
      const headers = { 'content-type': 'application/json', accept: 'text/event-stream' };
      const response = await fetch(exclusive.url, { method: 'POST', headers, body: JSON.stringify(body) });
      return [...(await response.text()).matchAll(/"code":"(\w+)"/g)].map(([, code]) => code);
    };
    // Nobody is signed in: the operation itself is found.
    await expect.poll(() => codesOf({ documentId: 'events' })).toEqual(['UNAUTHENTICATED']);
    expect(await codesOf({ query: text })).toEqual(['UNAUTHENTICATED']);
    expect(await codesOf({ query: `${text} ` })).toEqual(['FORBIDDEN']);
  });

  test.each<[string, object]>([
    ['another text', { query: '{ tags { totalCount } }' }],
    ['the same text with a blank more', { query: `${TAGS} ` }],
    ['introspection', { query: '{ __schema { types { name } } }' }],
    ['a mutation', { query: 'mutation { logout }' }],
    [
      'a text with the hash of another',
      { query: '{ __typename }', extensions: { persistedQuery: { version: 1, sha256Hash: HASH } } },
    ],
    ['an id that nobody has registered', { documentId: 'nobody' }],
    [
      'a hash that nobody has registered',
      { extensions: { persistedQuery: { version: 1, sha256Hash: '0'.repeat(64) } } },
    ],
  ])('are all that is answered where only they are: not %s', async (_, body) => {
    const refused = await post(exclusive.url, body);
    expect({ status: refused.status, code: codeOf(refused) }).toEqual({ status: 403, code: 'FORBIDDEN' });
  });

  test('are not all that is answered otherwise', async () => {
    expect((await post(service.server.url, { query: '{ tags { totalCount } }' })).status).toBe(200);
    const unknown = await post(service.server.url, { documentId: 'nobody' });
    expect({ status: unknown.status, code: codeOf(unknown) }).toEqual({ status: 404, code: 'NOT_FOUND' });
  });

  test('are known to a process that runs at once when they are added, and within seconds not any more', async () => {
    const text = '{ categories { totalCount } }';
    const { database } = service.server;
    // Behind the time in which it does not look a second time.
    await expect.poll(async () => codeOf(await post(exclusive.url, { id: 'late' }))).toBe('FORBIDDEN');
    await unitOfWork(database, (em) => addOperations(em, [{ id: 'late', name: null, text }]));
    const status = async () => (await post(exclusive.url, { id: 'late' })).status;
    await expect.poll(status, { timeout: 3000, interval: 100 }).toBe(200);
    await unitOfWork(database, (em) => removeOperations(em, ['late']));
    await expect.poll(status, { timeout: 10_000, interval: 300 }).toBe(403);
    expect((await post(exclusive.url, { query: text })).status).toBe(403);
  });
});
