import { expect, test } from 'vitest';
import { DATABASE } from '../support/database.js';
import { createRecordedLog } from '../support/recorded-log.js';
import { startTestService, useService } from '../support/service.js';

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

test('statements are timed', async () => {
  const before = (await valueOf('catalog_statement_duration_seconds_count')) ?? 0;
  await service.anonymous('query Statements { tags { totalCount } categories { totalCount } }');
  await expect.poll(() => valueOf('catalog_statement_duration_seconds_count')).toBe(before + 2);
});

test.runIf(DATABASE === 'postgresql')('the pool tells how it is used', async () => {
  await service.anonymous('{ tags { totalCount } }');
  await expect.poll(() => valueOf('catalog_database_connections_max')).toBe(8);
  await expect.poll(() => valueOf('catalog_database_connections{state="idle"}')).toBeGreaterThan(0);
  await expect.poll(() => valueOf('catalog_database_connections{state="busy"}')).toBe(0);
  await expect.poll(() => valueOf('catalog_database_waiting')).toBe(0);
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
