import { expect, test } from 'vitest';
import { DATABASE } from '../support/database.js';
import { rawQuery } from '../support/raw-query.js';
import { createRecordedLog } from '../support/recorded-log.js';
import { startTestService, useService } from '../support/service.js';
import { type Transport, watch } from '../support/subscriptions.js';

const service = useService();

const TOKEN = 'what a reader has to send';

async function read(url = new URL('/metrics', service.server.url).href, headers: Record<string, string> = {}) {
  const response = await fetch(url, { headers });
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

/** The value of a series, by its name and labels as they are written. */
async function valueOf(series: string): Promise<number | undefined> {
  const { text } = await read();
  const line = text.split('\n').find((each) => each.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length));
}

const operations = (type: string, operation: string, outcome: string) =>
  `catalog_operations_total{type="${type}",operation="${operation}",outcome="${outcome}"}`;

test('operations are counted by name and outcome, and timed', async () => {
  for (let time = 1; time <= 3; time += 1) await service.anonymous('query Counted { tags { totalCount } }');
  await service.anonymous('mutation Refused { deleteTag(id: 1) { id } }');
  await service.anonymous('{ tags { totalCount } }');
  await service.anonymous('query Wrong { nothing }');
  await expect.poll(() => valueOf(operations('query', 'Counted', 'OK'))).toBe(3);
  await expect.poll(() => valueOf(operations('mutation', 'Refused', 'UNAUTHENTICATED'))).toBe(1);
  await expect.poll(() => valueOf(operations('query', 'anonymous', 'OK'))).toBe(1);
  await expect.poll(() => valueOf(operations('none', 'none', 'GRAPHQL_VALIDATION_FAILED'))).toBe(1);
  await expect
    .poll(() => valueOf('catalog_operation_duration_seconds_count{type="query",operation="Counted"}'))
    .toBe(3);
});

test.each<[Transport, string]>([
  ['WebSocket', 'websocket'],
  ['event stream', 'sse'],
])(
  'subscriptions over %s are counted while they are open, and so are the events that they tell of',
  async (transport, label) => {
    const labels = `{operation="Hear",transport="${label}"}`;
    const query = 'subscription Hear { eventAdded { id } }';
    const ended = operations('subscription', 'Hear', 'OK');
    const before = (await valueOf(ended)) ?? 0;
    const refused = watch(service, query, { transport });
    await refused.first(transport === 'WebSocket' ? 0 : 1);
    await refused.ended;
    expect(await valueOf(operations('subscription', 'Hear', 'UNAUTHENTICATED'))).toBeGreaterThan(0);
    const watched = watch(service, query, { transport, token: service.adminToken });
    await expect.poll(() => valueOf(`catalog_subscriptions${labels}`)).toBe(1);
    expect(await valueOf('catalog_websockets')).toBe(transport === 'WebSocket' ? 1 : 0);
    await service.admin(`mutation { createTag(input: { name: "${label}" }) { id } }`);
    await watched.first(1);
    expect(await valueOf(`catalog_subscription_events_total${labels}`)).toBe(1);
    watched.stop();
    await expect.poll(() => valueOf(`catalog_subscriptions${labels}`)).toBe(0);
    await expect.poll(() => valueOf('catalog_websockets')).toBe(0);
    expect(await valueOf(ended)).toBe(before + 1);
  },
);

test('statements are timed', async () => {
  const before = (await valueOf('catalog_statement_duration_seconds_count')) ?? 0;
  const fields = Array.from({ length: 20 }, (_, index) => `f${index}: tags { totalCount }`);
  await service.anonymous(`query Statements { ${fields.join(' ')} }`);
  const statements = ((await valueOf('catalog_statement_duration_seconds_count')) ?? 0) - before;
  // A reading, and a new connection, have some of their own.
  expect(statements).toBeGreaterThanOrEqual(20);
});

test.runIf(DATABASE === 'postgresql')('the pool tells how it is used', async () => {
  await service.anonymous('{ tags { totalCount } }');
  await expect.poll(() => valueOf('catalog_database_connections{state="idle"}')).toBeGreaterThan(0);
  await expect.poll(() => valueOf('catalog_database_connections{state="busy"}')).toBe(0);
  await expect.poll(() => valueOf('catalog_database_waiting')).toBe(0);
});

test('events that a consumer does not have yet are counted, with the age of the oldest', async () => {
  const { database } = service.server;
  await service.admin(
    'mutation { a: createTag(input: { name: "a" }) { id } b: createTag(input: { name: "b" }) { id } }',
  );
  const [{ last } = { last: 0 }] = await rawQuery<{ last: number }>(database, 'select max(id) as last from events');
  await rawQuery(
    database,
    `insert into event_consumers (name, last_event_id) values ('late', ${last} - 2), ('done', ${last})`,
  );
  expect(await valueOf('catalog_events_undelivered{consumer="late"}')).toBe(2);
  expect(await valueOf('catalog_events_undelivered{consumer="done"}')).toBe(0);
  expect(await valueOf('catalog_events_undelivered_age_seconds{consumer="late"}')).toBeGreaterThan(0);
  expect(await valueOf('catalog_events_undelivered_age_seconds{consumer="late"}')).toBeLessThan(60);
  expect(await valueOf('catalog_events_undelivered_age_seconds{consumer="done"}')).toBe(0);
});

test('deliveries that are not made are counted', async () => {
  const now = DATABASE === 'sqlite' ? '0' : 'now()';
  const row = (state: string) => `('nobody', '${state}', 1, 1, 1, '{}', ${now}, ${now})`;
  await rawQuery(service.server.database, "insert into delivery_channels (name) values ('nobody')");
  await rawQuery(
    service.server.database,
    `insert into deliveries (channel, state, first_event_id, last_event_id, event_count, body, created_at, next_attempt_at)
     values ${['DEAD', 'DEAD', 'PENDING', 'DELIVERED'].map(row).join(', ')}`,
  );
  expect(await valueOf('catalog_deliveries{state="waiting"}')).toBe(1);
  expect(await valueOf('catalog_deliveries{state="dead"}')).toBe(2);
});

test('the process and its event loop are told of, in the form of Prometheus', async () => {
  const { text, type } = await read();
  expect(type).toBe('text/plain; version=0.0.4; charset=utf-8');
  expect(text).toMatch(/^process_cpu_user_seconds_total \d/m);
  expect(text).toMatch(/^nodejs_eventloop_lag_p99_seconds \d/m);
  for (const line of text.split('\n').filter(Boolean))
    expect(line).toMatch(/^(# (HELP|TYPE) [a-z]|[a-z][\w:]*(\{.*\})? -?[\d.e+-]+$|[a-z]\w* Nan$)/);
});

test('in production they are read on a port of their own, with a token, and nowhere else', async () => {
  const { log, lines } = createRecordedLog();
  const environment = { NODE_ENV: 'production', AUTH_SECRET: 'x'.repeat(32) };
  const own = await startTestService({ ...environment, METRICS_PORT: '0', METRICS_TOKEN: TOKEN }, log);
  try {
    const url = String(lines.find(({ msg }) => msg === 'Metrics')?.url);
    expect((await read(new URL('/metrics', own.server.url).href)).status).toBe(404);
    expect(await read(url)).toMatchObject({ status: 401 });
    expect(await read(url, { authorization: 'Bearer something else' })).toMatchObject({ status: 401 });
    expect(await read(url, { authorization: `Bearer ${TOKEN}` })).toMatchObject({ status: 200 });
    expect(await read(url.replace('/metrics', '/graphql'))).toMatchObject({ status: 404 });
  } finally {
    await own.stop();
  }
});
