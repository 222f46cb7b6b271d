import * as fc from 'fast-check';
import type { GraphQLField, GraphQLObjectType } from 'graphql';
import { beforeAll, describe, expect, test } from 'vitest';
import { buildCatalogSchema } from '../../src/schema.js';
import { catalogueOf } from '../support/catalogue.js';
import { brokenDocuments, type FuzzOperation, operationsOn } from '../support/fuzz.js';
import { hashPassword } from '../../src/user/password.js';
import { INIT, type SocketTalk, talk } from '../support/raw-socket.js';
import { type Answer, type Client, clientOf, makeAdministrator, useService } from '../support/service.js';

/** FUZZ_SEED repeats a run; FUZZ_RUNS says how many operations each root field gets from each viewer. */
const SEED = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
const RUNS = Number(process.env.FUZZ_RUNS ?? 3);
const LIMIT_MS = 10_000;
console.info(`FUZZ_SEED=${SEED} FUZZ_RUNS=${RUNS}`);

const service = useService({ OPERATION_TIMEOUT_MS: String(LIMIT_MS), RATE_LIMIT_REQUESTS: '0' });
const schema = buildCatalogSchema();
const fieldsOf = <K extends 'query' | 'mutation' | 'subscription'>(
  kind: K,
  type: GraphQLObjectType | undefined | null,
) => Object.values(type?.getFields() ?? {}).map((field) => ({ kind, name: field.name, field }));
const roots = [...fieldsOf('query', schema.getQueryType()), ...fieldsOf('mutation', schema.getMutationType())];
const subscribed = fieldsOf('subscription', schema.getSubscriptionType());
type Root = { kind: 'query' | 'mutation'; field: GraphQLField<unknown, unknown> };

const INSIDE =
  /\b(select|insert|delete|values) .*\b(from|into)\b|\bat \S+ \(|\.[jt]s:\d|node_modules|SQLITE_|relation "|syntax error at/i;

/** What holds whatever is asked. */
function expectAnswer({ status, errors }: Answer, milliseconds: number): void {
  for (const { message, extensions } of errors ?? []) {
    expect(extensions.code).toMatch(/^[A-Z_]+$/);
    expect(extensions.code).not.toBe('INTERNAL_SERVER_ERROR');
    expect(message).not.toMatch(INSIDE);
  }
  if (status >= 500) expect([status, errors?.[0]?.extensions.code]).toEqual([503, 'UNAVAILABLE']);
  expect(milliseconds).toBeLessThan(LIMIT_MS);
}

async function expectToHold(operations: fc.Arbitrary<FuzzOperation>, client: Client, numRuns = RUNS): Promise<void> {
  const property = fc.asyncProperty(operations, async ({ query, variables }) => {
    const begun = performance.now();
    expectAnswer(await client(query, variables), performance.now() - begun);
  });
  await fc.assert(property, { seed: SEED, numRuns, interruptAfterTimeLimit: RUNS * 1000, endOnFailure: RUNS < 10 });
}

/** These end the session that the others need. */
const ENDING = new Set(['logout', 'endSession', 'endAllSessions']);

let passwordHash: string;
let admins = 0;
let admin: Client = service.anonymous;

/** An admin: another one where what was asked before has ended the session, the role or the user. */
async function asAdmin(): Promise<Client> {
  const { data } = await admin('{ me { role } }');
  if (data?.me?.role === 'ADMIN') return admin;
  const token = await makeAdministrator(service.server, `fuzzing${(admins += 1)}`, passwordHash);
  return (admin = clientOf(service.server.url, token));
}

beforeAll(async () => {
  passwordHash = await hashPassword('a plumbus for everybody');
  const given = catalogueOf(service.admin);
  const root = await given.category();
  const child = await given.category({ parentId: root.id });
  const tag = await given.tag();
  for (const categoryId of [root.id, child.id, null]) await given.product({ categoryId, tagIds: [tag.id] });
});

describe.each(roots)('$kind $name', (root: Root & { name: string }) => {
  test('answers anybody', () => expectToHold(operationsOn(root.kind, root.field), service.anonymous));

  test.skipIf(ENDING.has(root.name))('answers an admin', async () =>
    expectToHold(operationsOn(root.kind, root.field), await asAdmin()),
  );
});

describe('a request', () => {
  const documents = fc.oneof(...roots.map(({ kind, field }) => operationsOn(kind, field)));

  test('whose document is broken is answered', async () =>
    expectToHold(brokenDocuments(documents), await asAdmin(), RUNS * 20));

  test('of any JSON is answered', async () => {
    const part = fc.oneof(fc.jsonValue(), fc.constantFrom('{ __typename }', '{ tags { totalCount } }', {}, null));
    const keys = ['query', 'variables', 'operationName', 'extensions'] as const;
    const body = fc.oneof(
      fc.jsonValue(),
      fc.record(Object.fromEntries(keys.map((key) => [key, part])), { requiredKeys: [] }),
      fc.record({ query: fc.constant('{ __typename }'), extensions: fc.record({ persistedQuery: fc.jsonValue() }) }),
      fc.record({ extensions: fc.record({ persistedQuery: fc.record({ version: part, sha256Hash: part }) }) }),
    );
    const property = fc.asyncProperty(body, async (value) => {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(service.server.url, { method: 'POST', headers, body: JSON.stringify(value) });
      const answer = (await response.json()) as Answer;
      expectAnswer({ ...answer, status: response.status }, 0);
    });
    await fc.assert(property, { seed: SEED, numRuns: RUNS * 20, interruptAfterTimeLimit: RUNS * 1000 });
  });

  test('with any search is answered', async () => {
    const search = fc.oneof(
      fc.webQueryParameters(),
      fc.string({ unit: 'binary' }).map((value) => `query=${encodeURIComponent(value.toWellFormed())}`),
      fc
        .jsonValue()
        .map((value) => `query={__typename}&variables=${encodeURIComponent(JSON.stringify(value).toWellFormed())}`),
      fc.constantFrom(
        'query=%',
        'query={a}&query={b}',
        'query',
        '=',
        '&&',
        'query=%00',
        'extensions={',
        'variables=null',
      ),
    );
    const property = fc.asyncProperty(search, async (value) => {
      const response = await fetch(`${service.server.url}?${value}`);
      const answer = (await response.json()) as Answer;
      expectAnswer({ ...answer, status: response.status }, 0);
    });
    await fc.assert(property, { seed: SEED, numRuns: RUNS * 10, interruptAfterTimeLimit: RUNS * 1000 });
  });
});

describe('a subscription', () => {
  const operations = fc.oneof(...subscribed.map(({ kind, field }) => operationsOn(kind, field)));

  /** Those of the protocol, and those of WebSockets for frames that are none; no 4500, and no 1011. */
  const CLOSES = new Set([undefined, 1002, 1003, 1007, 1009, 4400, 4401, 4403, 4409, 4429]);

  function expectTalk({ code, errors }: SocketTalk): void {
    expect(CLOSES).toContain(code);
    expectAnswer({ status: 200, data: null, errors }, 0);
  }

  const subscribe = (payload: unknown, id = '1') => JSON.stringify({ type: 'subscribe', id, payload });
  const initAs = (token: string) =>
    JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });

  test.each([
    ['what is no JSON', ['{'], 4400],
    ['what is no message', ['null'], 4400],
    ['a message of no type', ['{"type":"subscribed"}'], 4400],
    ['a message of a server', [INIT, '{"type":"next","id":"1","payload":{}}'], 4400],
    ['an operation before the beginning', [subscribe({ query: 'subscription { eventAdded { id } }' })], 4401],
    ['two beginnings', [INIT, INIT], 4429],
    ['one id twice', [INIT, ...Array(2).fill(subscribe({ query: 'subscription { eventAdded { id } }' }))], 4409],
    ['an operation without a text', [INIT, subscribe({ variables: {} })], 4400],
    ['variables that are none', [INIT, subscribe({ query: '{ __typename }', variables: 'all' })], 4400],
    ['a message that is too long', [INIT, `"${'x'.repeat(1_000_001)}"`], 1009],
  ] as [string, string[], number][])('of %s closes its WebSocket', async (_, messages, code) => {
    expect(await talk(service.server.url, messages)).toEqual({ code, errors: [] });
  });

  test('of any messages is answered, or closes its WebSocket', async () => {
    const part = fc.oneof(fc.jsonValue(), fc.constantFrom('{ __typename }', '__proto__', '1', {}, null));
    const type = fc.constantFrom('connection_init', 'subscribe', 'complete', 'ping', 'pong', 'next', 'error', '');
    const message = fc.oneof(
      fc.jsonValue().map((value) => JSON.stringify(value)),
      fc.record({ type, id: part, payload: part }, { requiredKeys: ['type'] }).map((value) => JSON.stringify(value)),
      fc
        .record({ authorization: part, __proto: part })
        .map((payload) => `{"type":"connection_init","payload":${JSON.stringify(payload)}}`),
      fc
        .record({ query: part, variables: part, operationName: part, extensions: part })
        .map((payload) => subscribe(payload)),
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    );
    const talks = fc.tuple(fc.boolean(), fc.array(message, { maxLength: 4 }));
    const property = fc.asyncProperty(talks, async ([begins, messages]) =>
      expectTalk(await talk(service.server.url, begins ? [INIT, ...messages] : messages)),
    );
    await fc.assert(property, { seed: SEED, numRuns: RUNS * 20, interruptAfterTimeLimit: RUNS * 1000 });
  });

  test('with any arguments is answered over WebSocket, to anybody and an admin', async () => {
    const token = await makeAdministrator(service.server, 'subscribing', passwordHash);
    for (const init of [INIT, initAs(token)]) {
      const property = fc.asyncProperty(fc.array(operations, { minLength: 5, maxLength: 20 }), async (some) => {
        const messages = some.map((operation, index) => subscribe(operation, String(index)));
        const talked = await talk(service.server.url, [init, ...messages], messages.length);
        expectTalk(talked);
        expect(talked.code).toBeUndefined();
      });
      await fc.assert(property, { seed: SEED, numRuns: RUNS, interruptAfterTimeLimit: RUNS * 1000 });
    }
  });

  test('with any arguments is answered as an event stream', async () => {
    const documents = fc.oneof(operations, brokenDocuments(operations));
    const property = fc.asyncProperty(documents, async (operation) => {
      const headers = { 'content-type': 'application/json', accept: 'text/event-stream' };
      const leaving = new AbortController();
      const init = { method: 'POST', headers, body: JSON.stringify(operation), signal: leaving.signal };
      const response = await fetch(service.server.url, init);
      if (!response.headers.get('content-type')?.startsWith('text/event-stream')) {
        expectAnswer({ ...((await response.json()) as Answer), status: response.status }, 0);
        return;
      }
      setTimeout(() => leaving.abort(), 200).unref();
      const text = await response.text().catch(() => '');
      for (const [, data = ''] of text.matchAll(/^data: (.+)$/gm))
        expectAnswer({ ...(JSON.parse(data) as Answer), status: response.status }, 0);
    });
    await fc.assert(property, { seed: SEED, numRuns: RUNS * 5, interruptAfterTimeLimit: RUNS * 1000 });
  });
});
