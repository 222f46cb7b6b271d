import { createClient } from 'graphql-ws';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { startServer } from '../../src/server.js';
import { createLog } from '../../src/log.js';
import { catalogueOf, dataOf, operationsOf } from '../support/catalogue.js';
import { DATABASE } from '../support/database.js';
import { lastEventId } from '../support/events.js';
import { person } from '../support/people.js';
import { rawQuery } from '../support/raw-query.js';
import { clientOf, testConfig, useService } from '../support/service.js';
import { TRANSPORTS, watch, type Watch } from '../support/subscriptions.js';

// Two processes on one database sign alike.
const AUTH_SECRET = 'what both services of these tests sign with';
const service = useService({ AUTH_SECRET });
const given = catalogueOf(service.admin);
const { product } = operationsOf(service.admin);

const CHANGES = `subscription ($ids: [ID!], $categoryId: ID, $after: ID) {
  productChanged(ids: $ids, categoryId: $categoryId, after: $after) { eventId type productId product { name stock } }
}`;
const EVENTS = `subscription ($filter: EventFilter, $after: ID) {
  eventAdded(filter: $filter, after: $after) { id type entityId changes { field before after } actor { username } }
}`;

const watches: Watch[] = [];
const subscribe = (query: string, subscriber?: Parameters<typeof watch>[2]) => {
  const made = watch(service, query, subscriber);
  watches.push(made);
  return made;
};
afterEach(() => {
  for (const made of watches.splice(0)) made.stop();
});

const changesIn = (received: Watch['received']) =>
  received.map(({ data, errors }) => data?.productChanged ?? errors?.[0]?.extensions.code);
/** What happened behind an event is sent first: so nothing is missed while the subscription begins. */
const now = async () => String(await lastEventId(service));

describe.each(TRANSPORTS)('over %s', (transport) => {
  test('a change is told as soon as it is committed', async () => {
    const { id, name } = await given.product({ stock: 3 });
    const changes = subscribe(CHANGES, { transport, variables: { ids: [id], after: await now() } });
    dataOf(await product.adjustStock(id, -1));
    dataOf(await product.adjustStock(id, -1));
    await vi.waitFor(() => expect(changes.received).toHaveLength(2));
    dataOf(await product.delete(id));
    const eventId = expect.stringMatching(/^\d+$/);
    const [, second, third] = changesIn(await changes.first(3));
    expect(second).toEqual({ eventId, type: 'product.stock_changed', productId: id, product: { name, stock: 1 } });
    expect(third).toEqual({ eventId, type: 'product.deleted', productId: id, product: null });
  });

  test('it goes on behind the last event that the client has, and leaves none out', async () => {
    const { id } = await given.product({ stock: 0 });
    const after = await now();
    for (let n = 0; n < 3; n += 1) dataOf(await product.adjustStock(id, 1));
    const first = subscribe(CHANGES, { transport, variables: { ids: [id], after } });
    const [one, two] = changesIn(await first.first(2));
    first.stop();
    dataOf(await product.adjustStock(id, 1));
    const second = subscribe(CHANGES, { transport, variables: { ids: [id], after: two.eventId } });
    dataOf(await product.adjustStock(id, 1));
    const rest = changesIn(await second.first(3));
    const ids = [one, two, ...rest].map(({ eventId }) => Number(eventId));
    expect(ids).toEqual([1, 2, 3, 4, 5].map((n) => Number(after) + n));
  });

  test('an event is for admins', async () => {
    const { id } = await given.product();
    const variables = { filter: { entity: 'PRODUCT', entityIds: [id], types: ['product.created'] }, after: '0' };
    const events = subscribe(EVENTS, { transport, token: service.adminToken, variables });
    const [told] = await events.first(1);
    expect(told?.data.eventAdded).toMatchObject({
      type: 'product.created',
      entityId: id,
      actor: { username: 'administrator' },
    });
    const refused = async (token?: string) => {
      const attempt = subscribe(EVENTS, { transport, token, variables });
      const outcome = await attempt.ended;
      const errors = attempt.received[0]?.errors ?? (outcome as Watch['received'][number]['errors']);
      return errors?.map(({ extensions }) => extensions.code);
    };
    expect(await refused()).toEqual(['UNAUTHENTICATED']);
    expect(await refused((await person(service, 'CASHIER')).accessToken)).toEqual(['FORBIDDEN']);
    expect(await refused('nonsense')).toEqual(['UNAUTHENTICATED']);
  });

  test('ends with the session', async () => {
    const somebody = await person(service);
    const { id } = await given.product();
    const variables = { ids: [id], after: await now() };
    const changes = subscribe(CHANGES, { transport, token: somebody.accessToken, variables });
    dataOf(await product.adjustStock(id, 1));
    await changes.first(1);
    dataOf(await somebody.ask('mutation { logout }'));
    dataOf(await product.adjustStock(id, 1));
    expect(changesIn(await changes.first(2))[1]).toBe('UNAUTHENTICATED');
    expect(await changes.ended).toBe('completed');
    expect(changes.received[1]?.errors?.[0]).toMatchObject({
      path: ['productChanged'],
      extensions: { requestId: expect.any(String) },
    });
  });

  test('is held to the limits and rules of every operation', async () => {
    const codeOf = async (query: string, variables = {}, token?: string) => {
      const attempt = subscribe(query, { transport, variables, token });
      const outcome = await attempt.ended;
      const errors = attempt.received[0]?.errors ?? (outcome as Watch['received'][number]['errors']);
      return errors?.map(({ extensions }) => extensions.code);
    };
    expect(await codeOf('subscription {')).toEqual(['GRAPHQL_PARSE_FAILED']);
    expect(await codeOf('subscription { productChanged { nothing } }')).toEqual(['GRAPHQL_VALIDATION_FAILED']);
    expect(await codeOf(`subscription { productChanged { ${'id: eventId '.repeat(20_000)} } }`)).toEqual([
      'QUERY_TOO_COMPLEX',
    ]);
    expect(await codeOf('{ products { totalCount } }')).toEqual(['BAD_REQUEST']);
    expect(await codeOf(CHANGES, { ids: [{}] })).toEqual(['BAD_USER_INPUT']);
    const filter = { types: ['product.created', '\0'] };
    expect(await codeOf(EVENTS, { filter, after: '0' }, service.adminToken)).toEqual(['BAD_USER_INPUT']);
    expect(await codeOf(CHANGES, { after: 'x' })).toEqual(['BAD_CURSOR']);
    expect(await codeOf(CHANGES, { after: '999999999' })).toEqual(['BAD_CURSOR']);
  });
});

describe('who is no staff', () => {
  test('hears of what they see, of what was hidden or deleted, and of nothing else', async () => {
    const after = await now();
    const hidden = await given.product({ isActive: false });
    dataOf(await product.adjustStock(hidden.id, 1));
    const shown = await given.product();
    dataOf(await product.update(shown.id, { isActive: false }));
    dataOf(await product.adjustStock(shown.id, 1));
    const gone = await given.product();
    dataOf(await product.delete(gone.id));
    dataOf(await product.delete(hidden.id));
    const last = await given.product();
    const changes = subscribe(CHANGES, { variables: { after } });
    const told = changesIn(await changes.first(3)).map(({ type, productId, product: entry }) => [
      type,
      productId,
      entry?.name,
    ]);
    expect(told).toEqual([
      ['product.updated', shown.id, undefined],
      ['product.deleted', gone.id, undefined],
      ['product.created', last.id, last.name],
    ]);
    const staff = subscribe(CHANGES, { token: service.adminToken, variables: { after } });
    expect(changesIn(await staff.first(9))).toHaveLength(9);
  });
});

test('of a category, its products and those below it, and what leaves it', async () => {
  const shelf = await given.category();
  const board = await given.category({ parentId: shelf.id });
  const elsewhere = await given.category();
  const after = await now();
  const there = await given.product({ categoryId: board.id });
  await given.product({ categoryId: elsewhere.id });
  await given.product();
  dataOf(await product.update(there.id, { categoryId: elsewhere.id }));
  dataOf(await product.adjustStock(there.id, 1));
  const last = await given.product({ categoryId: shelf.id });
  const changes = subscribe(CHANGES, { variables: { after, categoryId: shelf.id } });
  const told = changesIn(await changes.first(2)).map(({ type, productId }) => [type, productId]);
  expect(told).toEqual([
    ['product.updated', there.id],
    ['product.created', last.id],
  ]);
});

test('an event is told by its actor and time, too', async () => {
  const other = await person(service, 'ADMIN');
  const { id } = await given.product();
  const after = await now();
  dataOf(await product.adjustStock(id, 1));
  dataOf(await operationsOf(other.ask).product.adjustStock(id, 2));
  const filter = { actorId: other.id, occurredAt: { from: '2020-01-01T00:00:00Z' } };
  const events = subscribe(EVENTS, { token: service.adminToken, variables: { after, filter } });
  const [told] = await events.first(1);
  expect(told?.data.eventAdded.changes).toEqual([{ field: 'stock', before: 1, after: 3 }]);
});

test('who is no admin any more hears no more', async () => {
  const other = await person(service, 'ADMIN');
  const { id } = await given.product();
  const variables = { after: await now(), filter: { entityIds: [id], entity: 'PRODUCT' } };
  const events = subscribe(EVENTS, { token: other.accessToken, variables });
  dataOf(await product.adjustStock(id, 1));
  await events.first(1);
  dataOf(await service.admin(`mutation { updateUser(id: ${other.id}, input: { role: CASHIER }) { id } }`));
  dataOf(await product.adjustStock(id, 1));
  const [, refusal] = await events.first(2);
  expect(refusal?.data ?? null).toBeNull();
  expect(refusal?.errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  expect(await events.ended).toBe('completed');
});

test('it does not go on behind an event that is gone: others may be missing', async () => {
  const { id } = await given.product();
  const known = await now();
  for (let n = 0; n < 2; n += 1) dataOf(await product.adjustStock(id, 1));
  await rawQuery(service.server.database, `delete from events where id <= ${Number(known) + 1}`);
  const [refusal] = await subscribe(CHANGES, { variables: { after: known } }).first(1);
  expect(refusal?.errors?.[0]?.extensions.code).toBe('BAD_CURSOR');
  const [first] = changesIn(await subscribe(CHANGES, { variables: { after: '0' } }).first(1));
  expect(first.eventId).toBe(String(Number(known) + 2));
});

test('an answer in JSON is one: a subscription is sent elsewhere', async () => {
  const answer = await service.anonymous('subscription { productChanged { eventId } }');
  expect(answer.errors?.[0]?.message).toContain('text/event-stream');
});

test('a page of another origin opens no WebSocket', async () => {
  const { WebSocket } = await import('ws');
  const refused = new WebSocket(service.server.url.replace('http', 'ws'), 'graphql-transport-ws', {
    origin: 'https://elsewhere.example',
  });
  const message = await new Promise((resolve) => refused.once('error', (error) => resolve(error.message)));
  expect(message).toContain('403');
});

test('an EventSource that connects again goes on by itself, behind the last event', async () => {
  const { id } = await given.product();
  const after = await now();
  dataOf(await product.adjustStock(id, 1));
  dataOf(await product.adjustStock(id, 1));
  const query = `subscription { productChanged(ids: [${id}], after: "${after}") { eventId } }`;
  const firstMessage = async (headers: Record<string, string>) => {
    const url = `${service.server.url}?query=${encodeURIComponent(query)}`;
    const response = await fetch(url, { headers: { accept: 'text/event-stream', ...headers } });
    let text = '';
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      if (text.includes('data:')) break;
    }
    return /^id: (\d+)$/m.exec(text)?.[1];
  };
  expect(await firstMessage({})).toBe(String(Number(after) + 1));
  expect(await firstMessage({ 'last-event-id': String(Number(after) + 1) })).toBe(String(Number(after) + 2));
});

test('one connection has only so many subscriptions', async () => {
  const client = createClient({ url: service.server.url.replace('http', 'ws'), retryAttempts: 0 });
  const closed = new Promise((resolve) => client.on('closed', resolve));
  for (let n = 0; n <= 50; n += 1)
    client.subscribe(
      { query: 'subscription { productChanged { eventId } }' },
      { next() {}, error() {}, complete() {} },
    );
  expect(await closed).toMatchObject({ code: 4429 });
});

describe.runIf(DATABASE === 'postgresql')('the connection that listens', () => {
  const listeners = () =>
    rawQuery<{ pid: number }>(
      service.server.database,
      "select pid from pg_stat_activity where application_name = 'catalog events' and datname = current_database()",
    );

  test('is there while somebody is subscribed', async () => {
    await vi.waitFor(async () => expect(await listeners()).toHaveLength(0));
    const changes = subscribe(CHANGES);
    await vi.waitFor(async () => expect(await listeners()).toHaveLength(1));
    changes.stop();
    await vi.waitFor(async () => expect(await listeners()).toHaveLength(0));
  });

  test('may break: events are looked for meanwhile', async () => {
    const { id } = await given.product();
    const changes = subscribe(CHANGES, { variables: { ids: [id], after: await now() } });
    await vi.waitFor(async () => expect(await listeners()).toHaveLength(1));
    await rawQuery(service.server.database, `select pg_terminate_backend(${(await listeners())[0]?.pid})`);
    await vi.waitFor(async () => expect(await listeners()).toHaveLength(0));
    dataOf(await product.adjustStock(id, 1));
    await changes.first(1);
    await vi.waitFor(async () => expect(await listeners()).toHaveLength(1), 5000);
  });

  test('leads to the one that takes writes where several servers are configured', async () => {
    const { host } = new URL(service.database.url);
    const url = service.database.url.replace(host, `${host},${host}`);
    const server = await startServer(testConfig(url, { AUTH_SECRET }), createLog({ logLevel: 'silent' }));
    try {
      const { id } = await given.product();
      const changes = watch({ server }, CHANGES, { variables: { ids: [id], after: await now() } });
      await vi.waitFor(async () => expect(await listeners()).toHaveLength(1));
      dataOf(await product.adjustStock(id, 1));
      expect(changesIn(await changes.first(1))[0].product.stock).toBe(1);
      changes.stop();
    } finally {
      await server.stop();
    }
  });
});

describe('another process on the same database', () => {
  let other: Awaited<ReturnType<typeof startServer>>;
  beforeAll(async () => {
    other = await startServer(testConfig(service.database.url, { AUTH_SECRET }), createLog({ logLevel: 'silent' }));
  });
  afterAll(() => other.stop());

  test('what it commits is told here', async () => {
    const { id } = await given.product();
    const changes = subscribe(CHANGES, { variables: { ids: [id], after: await now() } });
    dataOf(await product.adjustStock(id, 1));
    await changes.first(1);
    const there = operationsOf(clientOf(other.url, service.adminToken));
    dataOf(await there.product.adjustStock(id, 1));
    expect(changesIn(await changes.first(2))[1].product.stock).toBe(2);
  });

  test('when it stops, who is subscribed is told to come again', async () => {
    const { id } = await given.product();
    const variables = { ids: [id], after: await now() };
    const place = { server: other };
    const bySocket = watch(place, CHANGES, { variables });
    const byStream = watch(place, CHANGES, { transport: 'event stream', variables });
    dataOf(await product.adjustStock(id, 1));
    await Promise.all([bySocket.first(1), byStream.first(1)]);
    await other.stop();
    expect(await bySocket.ended).toMatchObject({ code: 1001 });
    expect(await byStream.ended).toBe('completed');
    expect(changesIn(byStream.received)[1]).toBe('UNAVAILABLE');
    other = await startServer(testConfig(service.database.url, { AUTH_SECRET }), createLog({ logLevel: 'silent' }));
  });
});
