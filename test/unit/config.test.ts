import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ConfigError, loadDotEnv, readConfig } from '../../src/config.js';
import { TOPICS } from '../../src/delivery/topics.js';

function problemsOf(environment: Record<string, string>): string[] {
  try {
    readConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

test('nothing has to be configured', () => {
  expect(readConfig({})).toMatchObject({
    host: '127.0.0.1',
    port: 4000,
    database: { kind: 'sqlite', path: 'data/catalog.sqlite', synchronous: 'FULL' },
    migrateOnStart: true,
    auth: {
      secret: undefined,
      accessTokenMinutes: 15,
      sessionDays: 30,
      refreshGraceSeconds: 10,
      isRegistrationOpen: true,
    },
    logLevel: 'info',
    logsSql: false,
    pageSize: { default: 20, max: 100 },
    sortedRowsMax: 1000,
  });
});

test('a person who opens the root finds what needs no other network, in production', () => {
  expect(readConfig({}).landingPage).toBe('sandbox');
  expect(readConfig({ NODE_ENV: 'production' }).landingPage).toBe('explorer');
  expect(readConfig({ NODE_ENV: 'production', LANDING_PAGE: 'none' }).landingPage).toBe('none');
  expect(problemsOf({ NODE_ENV: 'production', LANDING_PAGE: 'reference' })).toEqual([
    'LANDING_PAGE=reference needs INTROSPECTION=true: the reference says what introspection does',
  ]);
});

test('an empty variable counts as not set', () => {
  expect(readConfig({ PORT: '', DATABASE_URL: '' })).toEqual(readConfig({}));
});

test.each([
  ['sqlite:shop.sqlite', { kind: 'sqlite', path: 'shop.sqlite' }],
  ['sqlite:/var/lib/shop.sqlite', { kind: 'sqlite', path: '/var/lib/shop.sqlite' }],
  ['sqlite::memory:', { kind: 'sqlite', path: ':memory:' }],
  ['postgres://shop:secret@db:5432/shop', { kind: 'postgresql', poolSize: 8, connectMs: 5000 }],
  ['postgresql://db/shop', { kind: 'postgresql', poolSize: 8, connectMs: 5000 }],
  ['postgres://shop@db1:5432,db2/shop', { kind: 'postgresql', poolSize: 8, connectMs: 5000 }],
])('DATABASE_URL may be %s', (url, database) => {
  expect(readConfig({ DATABASE_URL: url }).database).toMatchObject(database);
});

test('PostgreSQL is not migrated by a start unless configured', () => {
  const DATABASE_URL = 'postgres://db/shop';
  expect(readConfig({ DATABASE_URL }).migrateOnStart).toBe(false);
  expect(readConfig({ DATABASE_URL, MIGRATE_ON_START: 'true' }).migrateOnStart).toBe(true);
});

test('tells every problem at once, and no secret', () => {
  const problems = problemsOf({
    PORT: '65536',
    DATABASE_URL: 'mysql://root:hunter2@db/shop',
    AUTH_SECRET: 'too-short',
    LOG_LEVEL: 'loud',
    SQL_LOG: 'yes',
    PAGE_SIZE_MAX: '0',
    CORS_ORIGINS: 'https://shop.example/path',
  });
  expect(problems.map((problem) => problem.replace(/ .*/, '')).sort()).toEqual([
    'AUTH_SECRET',
    'CORS_ORIGINS',
    'DATABASE_URL',
    'LOG_LEVEL',
    'PAGE_SIZE_MAX',
    'PORT',
    'SQL_LOG',
  ]);
  expect(problems.join()).not.toMatch(/hunter2|too-short/);
});

test.each(['-1', '1.5', '4e3', 'http', ' 80'])('PORT may not be "%s"', (PORT) => {
  expect(problemsOf({ PORT })).toEqual(['PORT must be a whole number from 0 to 65535']);
});

test('a default page is not larger than the largest', () => {
  expect(problemsOf({ PAGE_SIZE_DEFAULT: '50', PAGE_SIZE_MAX: '10' })).toEqual([
    'PAGE_SIZE_DEFAULT must be at most PAGE_SIZE_MAX, 10',
  ]);
});

test('metrics are off in production, unless who reads them is told', () => {
  const production = { NODE_ENV: 'production' };
  expect(readConfig({}).metrics).toEqual({ port: undefined, token: undefined });
  expect(readConfig({ METRICS: 'off' }).metrics).toBeUndefined();
  expect(readConfig(production).metrics).toBeUndefined();
  expect(readConfig({ ...production, METRICS_PORT: '9464' }).metrics).toMatchObject({ port: 9464 });
  expect(readConfig({ ...production, METRICS_TOKEN: 'x'.repeat(16) }).metrics).toMatchObject({ token: 'x'.repeat(16) });
  expect(problemsOf({ ...production, METRICS: 'on' })).toHaveLength(1);
});

test('nobody is told by Telegram unless bot and chat are named', () => {
  const [TELEGRAM_BOT_API_KEY, TELEGRAM_USER_ID] = ['123456:secret-key', '42'];
  expect(readConfig({}).telegram).toBeUndefined();
  expect(readConfig({ TELEGRAM_BOT_API_KEY, TELEGRAM_USER_ID }).telegram).toEqual({
    apiKey: TELEGRAM_BOT_API_KEY,
    chatId: TELEGRAM_USER_ID,
    apiUrl: 'https://api.telegram.org',
    topics: ['product.created', 'product.price_changed', 'product.out_of_stock'],
    windowSeconds: 5,
  });
  const one = ['TELEGRAM_BOT_API_KEY and TELEGRAM_USER_ID must both be set, or neither'];
  expect(problemsOf({ TELEGRAM_BOT_API_KEY })).toEqual(one);
  expect(problemsOf({ TELEGRAM_USER_ID })).toEqual(one);
  expect(problemsOf({ TELEGRAM_BOT_API_KEY: 'se/cret', TELEGRAM_USER_ID }).join()).not.toContain('cret');
});

test.each([
  ['product.created, user.deleted', ['product.created', 'user.deleted']],
  ['tag.*', ['tag.created', 'tag.updated', 'tag.deleted']],
  ['*', TOPICS],
])('TELEGRAM_TOPICS may be "%s"', (list, topics) => {
  const environment = { TELEGRAM_BOT_API_KEY: '1:a', TELEGRAM_USER_ID: '42', TELEGRAM_TOPICS: list };
  expect(readConfig(environment).telegram?.topics).toEqual(topics);
});

test('an unknown topic is named, with those that there are', () => {
  expect(problemsOf({ TELEGRAM_TOPICS: 'product.created,product.sold' })).toEqual([
    expect.stringMatching(
      /^TELEGRAM_TOPICS names no topic by product\.sold; there are product\.created, .*product\.back_in_stock$/,
    ),
  ]);
});

test('.env.example names every variable, and sets none', () => {
  const example = readFileSync('.env.example', 'utf8');
  const named = [...example.matchAll(/^# ?([A-Z_]+)=/gm)].map(([, name = '']) => name);
  const known =
    /const Environment = z\.object\(\{([^]*?)\n\}\);/.exec(readFileSync('src/config.ts', 'utf8'))?.[1] ?? '';
  const variables = [...known.matchAll(/^ {2}([A-Z_]+):/gm)].map(([, name = '']) => name);
  expect(named.sort()).toEqual(variables.sort());
  expect(example).not.toMatch(/^[A-Z_]+=/m);
});

test('a file .env adds to the environment, and changes nothing that is set', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'catalog-env-')), '.env');
  writeFileSync(file, '# a comment\nCATALOG_TEST_ADDED="from the file"\nCATALOG_TEST_SET=from the file\n');
  process.env.CATALOG_TEST_SET = 'before';
  loadDotEnv(file);
  loadDotEnv(`${file}.missing`);
  expect([process.env.CATALOG_TEST_ADDED, process.env.CATALOG_TEST_SET]).toEqual(['from the file', 'before']);
});

test('traces go where OpenTelemetry says, and nowhere unless it does', () => {
  const OTEL_EXPORTER_OTLP_ENDPOINT = 'http://collector:4318/';
  expect(readConfig({}).tracing).toBeUndefined();
  expect(readConfig({ OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SDK_DISABLED: 'true' }).tracing).toBeUndefined();
  expect(readConfig({ OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER_ARG: '0.25' }).tracing).toEqual({
    url: 'http://collector:4318/v1/traces',
    sampler: 'parentbased_always_on',
    ratio: 0.25,
  });
  expect(problemsOf({ OTEL_TRACES_SAMPLER_ARG: '2', OTEL_EXPORTER_OTLP_ENDPOINT: 'collector' })).toHaveLength(2);
});

test('limits are shared on PostgreSQL, unless they are not to be', () => {
  const DATABASE_URL = 'postgres://db/shop';
  expect(readConfig({}).sharesLimits).toBe(false);
  expect(readConfig({ DATABASE_URL }).sharesLimits).toBe(true);
  expect(readConfig({ DATABASE_URL, RATE_LIMIT_STORE: 'memory' }).sharesLimits).toBe(false);
  expect(problemsOf({ RATE_LIMIT_STORE: 'postgresql' })).toEqual([expect.stringContaining('needs PostgreSQL')]);
});

test('replicas are of PostgreSQL, and each has its pool', () => {
  const DATABASE_REPLICA_URLS = 'postgres://one/shop, postgres://two/shop';
  expect(readConfig({ DATABASE_URL: 'postgres://db/shop', DATABASE_REPLICA_URLS }).database).toMatchObject({
    replicas: { urls: ['postgres://one/shop', 'postgres://two/shop'], poolSize: 8, maxLagSeconds: 5 },
  });
  expect(problemsOf({ DATABASE_REPLICA_URLS })).toHaveLength(1);
  expect(problemsOf({ DATABASE_REPLICA_URLS: 'postgres://one/shop,two' })).toHaveLength(1);
});
