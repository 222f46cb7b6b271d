import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { DATABASE } from '../support/database.js';
import { type OtlpCollector, startCollector } from '../support/otlp-collector.js';
import { startTestService, type TestService } from '../support/service.js';
import { TRANSPORTS, watch } from '../support/subscriptions.js';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const CALLER = 'b7ad6b7169203331';

let collector: OtlpCollector;
let service: TestService;

beforeAll(async () => {
  collector = await startCollector();
  service = await startTestService({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
  const send = (query: string, traceparent: string) =>
    fetch(service.server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', traceparent, 'x-request-id': 'r1' },
      body: JSON.stringify({ query }),
    });
  // What the administrator's creation has left to a search on SQLite is taken in by this one.
  await service.anonymous('query First { tags(filter: { nameContains: "hunter2" }) { totalCount } }');
  await send('query Shelf { tags(filter: { nameContains: "hunter2" }) { totalCount } }', `00-${TRACE}-${CALLER}-01`);
  await send('query Unsampled { tags { totalCount } }', `00-${TRACE}-${CALLER}-00`);
  const { data } = await service.admin('mutation Make { createTag(input: { name: "hunter2" }) { id } }');
  await service.anonymous('mutation Refused { deleteTag(id: 1) { id } }');
  for (const transport of TRANSPORTS) {
    const query = `subscription Hear${transport.replace(' ', '')} { eventAdded(after: "0") { label } }`;
    const watched = watch(service, query, { transport, token: service.adminToken });
    await watched.first(2);
    watched.stop();
    // It has ended for the service, too.
    const metrics = async () => (await fetch(new URL('/metrics', service.server.url))).text();
    await vi.waitFor(async () => {
      if (/^catalog_subscriptions\{.* 1$/m.test(await metrics())) throw new Error('It has not ended.');
    });
  }
  await service.admin(
    `mutation MakeProduct($tagIds: [ID!]) {
      createProduct(input: { name: "Lamp", slug: "lamp", priceShmeckles: 1, priceFlurbos: 1, tagIds: $tagIds }) { id }
    }`,
    { tagIds: [data.createTag.id] },
  );
  // What is left is sent by the stop.
  await service.stop();
});
afterAll(() => collector.stop());

const spansOf = (operation: string) => {
  const { traceId } =
    collector.spans.find(({ attributes }) => attributes['graphql.operation.name'] === operation) ?? {};
  const [request, rest] = [true, false].map((isFirst) =>
    collector.spans.filter((span) => span.traceId === traceId && span.name.endsWith(' /graphql') === isFirst),
  );
  const [inner, statements] = ['graphql.operation.type', 'db.query.text'].map((name) =>
    rest?.filter(({ attributes }) => name in attributes),
  );
  return { request: request?.[0], operation: inner?.[0], statements };
};

test('a request is a span in the trace of its caller, with the operation and its statements below', () => {
  const { request, operation, statements } = spansOf('Shelf');
  expect(request).toMatchObject({
    name: 'POST /graphql',
    traceId: TRACE,
    parentId: CALLER,
    service: 'graphql-catalog',
    isError: false,
    attributes: { 'http.request.method': 'POST', 'http.route': '/graphql', 'http.response.status_code': 200n },
  });
  expect(operation).toMatchObject({ name: 'query', parentId: request?.spanId, isError: false });
  expect(statements).toHaveLength(1);
  expect(statements?.[0]).toMatchObject({
    name: 'SELECT',
    parentId: operation?.spanId,
    attributes: { 'db.system.name': DATABASE, 'db.operation.name': 'SELECT' },
  });
  expect(statements?.[0]?.milliseconds).toBeLessThanOrEqual(operation?.milliseconds ?? 0);
});

test('the statements of a mutation are spans from begin to commit', () => {
  const names = spansOf('Make').statements?.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['BEGIN', 'INSERT', 'COMMIT']));
});

test.runIf(DATABASE === 'postgresql')('a product with tags is made by few statements', () => {
  const names = spansOf('MakeProduct').statements?.map(({ name }) => name);
  // The session, the product with its links and whose the transaction is, and the answer.
  expect(names).toEqual(['SELECT', 'WITH', 'SELECT']);
});

test('an operation with errors names the first one', () => {
  expect(spansOf('Refused').operation).toMatchObject({
    isError: true,
    attributes: { 'error.type': 'UNAUTHENTICATED' },
  });
});

test.each(TRANSPORTS)('a subscription over %s is a span, with its statements below', (transport) => {
  const name = `Hear${transport.replace(' ', '')}`;
  const span = collector.spans.find(({ attributes }) => attributes['graphql.operation.name'] === name);
  expect(span).toMatchObject({
    name: 'subscription',
    isError: false,
    attributes: {
      'network.protocol.name': transport === 'WebSocket' ? 'websocket' : 'sse',
      'catalog.subscription.events': 2n,
      'catalog.subscription.outcome': 'OK',
    },
  });
  const statements = collector.spans.filter(({ parentId }) => parentId === span?.spanId);
  expect(statements.length).toBeGreaterThan(1);
  const request = collector.spans.find(({ spanId }) => spanId === span?.parentId);
  expect(request?.name).toBe(transport === 'WebSocket' ? undefined : 'POST /graphql');
});

test('what the caller does not sample is not sent, and no value is', () => {
  expect(spansOf('Unsampled').request).toBeUndefined();
  const sent = JSON.stringify(collector.spans, (_, value: unknown) =>
    typeof value === 'bigint' ? Number(value) : value,
  );
  expect(sent).not.toContain('hunter2');
});
