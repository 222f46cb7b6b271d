import { existsSync } from 'node:fs';
import { loadEnvFile } from 'node:process';
import { z } from 'zod';
import { urlsOfHosts } from './database/postgresql-url.js';
import { parseTopics, type Topic, TOPICS } from './delivery/topics.js';
import type { ClientRateConfig } from './limits/client-rate.js';
import type { OperationLimitsConfig } from './limits/operation-limits.js';

/** Which database the service runs on. */
export type DatabaseConfig =
  | { kind: 'sqlite'; path: string; synchronous: 'FULL' | 'NORMAL' }
  | { kind: 'postgresql'; url: string; poolSize: number; connectMs: number; replicas?: ReplicaConfig };

/** Copies of a PostgreSQL database that answer reads. */
export interface ReplicaConfig {
  readonly urls: readonly string[];
  /** Connections to each. */
  readonly poolSize: number;
  /** Further behind, a replica is left out. */
  readonly maxLagSeconds: number;
}

/** Where notices for people go. */
export interface TelegramConfig {
  /** A secret: it stands in the address of each call. */
  readonly apiKey: string;
  readonly chatId: string;
  /** Without a slash at its end. */
  readonly apiUrl: string;
  readonly topics: readonly Topic[];
  /** How long a change waits for others to go with it in one message. */
  readonly windowSeconds: number;
}

/** Everything the environment decides, read once at the door. `.env.example` names each variable. */
export interface Config {
  readonly isProduction: boolean;
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  readonly database: DatabaseConfig;
  /** Whether a start applies pending migrations; where not, it refuses to start behind them. */
  readonly migrateOnStart: boolean;
  readonly migrations: {
    /** How many backups of an SQLite file, each from before an upgrade, are kept; 0 makes none. */
    readonly backups: number;
    /** How long a migration waits for a table that others use; PostgreSQL only. */
    readonly lockSeconds: number;
    /** How long a migrator waits for another one. */
    readonly waitSeconds: number;
  };
  readonly auth: {
    /** What signs tokens; undefined where one is to be made. */
    readonly secret: string | undefined;
    /** A secret that was current before: what it signed is accepted still. */
    readonly previousSecret: string | undefined;
    readonly accessTokenMinutes: number;
    readonly sessionDays: number;
    readonly refreshGraceSeconds: number;
    /** Whether anybody may make an own user. */
    readonly isRegistrationOpen: boolean;
  };
  /** How many proxies in front add to X-Forwarded-For. */
  readonly trustedProxies: number;
  readonly logLevel: string;
  readonly logsSql: boolean;
  readonly operationLog: {
    /** At which each operation is a line. */
    readonly level: 'trace' | 'debug' | 'info';
    /** From how many milliseconds on an operation is a warning; 0: none is. */
    readonly slowMs: number;
    /** The same of a statement. */
    readonly slowSqlMs: number;
  };
  /** What Prometheus reads; undefined: nothing. */
  readonly metrics: MetricsConfig | undefined;
  /** Where traces are sent to; undefined: nowhere. */
  readonly tracing: TracingConfig | undefined;
  readonly pageSize: { readonly default: number; readonly max: number };
  /** How many rows a list may sort: with more that a filter finds, it looks along its order instead. */
  readonly sortedRowsMax: number;
  readonly maxBodyBytes: number;
  /** Whether operations that are not registered are refused. */
  readonly onlyRegisteredOperations: boolean;
  readonly clientRate: ClientRateConfig;
  /** Whether all processes on the database count requests and sign-ins together. */
  readonly sharesLimits: boolean;
  /** How many are answered at the same time, in this process. */
  readonly concurrentOperations: number;
  readonly operationTimeoutMs: number;
  readonly subscriptions: {
    /** How many there may be in this process. */
    readonly max: number;
    /** How long a client may take nothing of what it is sent. */
    readonly stallSeconds: number;
  };
  readonly connections: {
    readonly max: number;
    readonly headersSeconds: number;
    readonly requestSeconds: number;
    readonly idleSeconds: number;
  };
  /** From how many on an answer is compressed. */
  readonly compressionMinBytes: number;
  readonly operationLimits: OperationLimitsConfig;
  /** What clients learn of the schema beyond what they know. */
  readonly schemaDetails: { readonly introspection: boolean; readonly suggestions: boolean };
  /** How long the answer to a request with an Idempotency-Key is kept. */
  readonly idempotencyHours: number;
  /** How old an event becomes before it is pruned; 0 keeps all. */
  readonly eventRetentionDays: number;
  readonly shutdownSeconds: number;
  /** The origins whose pages may call the API. */
  readonly corsOrigins: readonly string[];
  /** What a person finds at `/`; `none`: what a program does. */
  readonly landingPage: 'sandbox' | 'explorer' | 'reference' | 'none';
  readonly delivery: {
    /** Whether this process delivers; where not, it leaves that to others. */
    readonly isOn: boolean;
    /** How long one try may take. */
    readonly timeoutSeconds: number;
    /** How long after its first try a message is given up. */
    readonly giveUpHours: number;
    /** How long it is kept after it was delivered; 0 keeps all. */
    readonly retentionDays: number;
  };
  /** undefined where nobody is told. */
  readonly telegram: TelegramConfig | undefined;
  /** Where people see the catalogue, for links. */
  readonly publicUrl: string | undefined;
  readonly webhooks: {
    /** Whether addresses inside the network may be called. */
    readonly allowsPrivate: boolean;
    /** Whether calls may be made without TLS. */
    readonly allowsHttp: boolean;
    /** How long a webhook that takes nothing stays enabled. */
    readonly disableHours: number;
  };
}

export interface MetricsConfig {
  /** A port of its own; undefined: that of the API. 0 picks a free one. */
  readonly port: number | undefined;
  /** What a reader has to send. */
  readonly token: string | undefined;
}

export interface TracingConfig {
  /** A collector's, for traces by OTLP over HTTP. */
  readonly url: string;
  readonly sampler: (typeof SAMPLERS)[number];
  /** Of the requests that are traced, where the sampler is one of a ratio. */
  readonly ratio: number;
}

/** All that is wrong with the environment, a line each, without the values of secrets. */
export class ConfigError extends Error {
  constructor(readonly problems: string[]) {
    super(['The configuration is wrong:', ...problems.map((problem) => `  ${problem}`)].join('\n'));
    this.name = 'ConfigError';
  }
}

const wholeNumberIfSet = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,10}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a whole number from ${min} to ${max}`);

const wholeNumber = (min: number, max: number, fallback: number) => wholeNumberIfSet(min, max).default(fallback);

const oneOf = <T extends string>(...values: [T, ...T[]]) => z.enum(values, `must be one of ${values.join(', ')}`);
const flag = oneOf('true', 'false').transform((value) => value === 'true');

/** @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ */
const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

const isHttpUrl = (text: string) => /^https?:$/.test(URL.parse(text)?.protocol ?? '');

const APOLLO_SANDBOX = 'https://studio.apollographql.com';

const DATABASE_RULE = 'must be sqlite:PATH, sqlite::memory: or postgres://USER:PASSWORD@HOST:PORT/DATABASE';

function isDatabaseUrl(url: string): boolean {
  if (url.startsWith('sqlite:')) return url.length > 'sqlite:'.length;
  return urlsOfHosts(url).every(isPostgresUrl);
}

const isPostgresUrl = (url: string) => /^postgres(ql)?:$/.test(URL.parse(url)?.protocol ?? '');

const httpUrl = z
  .string()
  .refine((url) => /^https?:$/.test(URL.parse(url)?.protocol ?? ''), 'must be a URL such as https://shop.example');

const topicList = z.string().transform((list, context) => {
  const { topics, unknown } = parseTopics(list);
  if (unknown.length > 0) context.addIssue(`names no topic by ${unknown.join(', ')}; there are ${TOPICS.join(', ')}`);
  return topics;
});

const Environment = z.object({
  NODE_ENV: z.string().default('development'),
  HOST: z.string().min(1).default('127.0.0.1'),
  PORT: wholeNumber(0, 65_535, 4000),
  DATABASE_URL: z.string().refine(isDatabaseUrl, DATABASE_RULE).default('sqlite:data/catalog.sqlite'),
  DATABASE_POOL_SIZE: wholeNumber(1, 1000, 8),
  DATABASE_CONNECT_MS: wholeNumber(100, 60_000, 5000),
  DATABASE_REPLICA_URLS: z
    .string()
    .transform((list) => list.split(',').map((url) => url.trim()))
    .refine(
      (urls) => urls.every(isPostgresUrl),
      'must be postgres://USER:PASSWORD@HOST:PORT/DATABASE, with commas between',
    )
    .optional(),
  DATABASE_REPLICA_LAG_SECONDS: wholeNumber(0, 3600, 5),
  SQLITE_SYNCHRONOUS: oneOf('FULL', 'NORMAL').default('FULL'),
  MIGRATE_ON_START: flag.optional(),
  MIGRATION_BACKUPS: wholeNumber(0, 1000, 3),
  MIGRATION_LOCK_SECONDS: wholeNumber(1, 3600, 10),
  MIGRATION_WAIT_SECONDS: wholeNumber(1, 86_400, 600),
  AUTH_SECRET: z.string().min(32, 'must have at least 32 characters').optional(),
  AUTH_SECRET_PREVIOUS: z.string().min(32, 'must have at least 32 characters').optional(),
  ACCESS_TOKEN_MINUTES: wholeNumber(1, 1440, 15),
  SESSION_DAYS: wholeNumber(1, 3650, 30),
  REFRESH_GRACE_SECONDS: wholeNumber(0, 60, 10),
  REGISTRATION: oneOf('open', 'closed').default('open'),
  TRUSTED_PROXIES: wholeNumber(0, 10, 0),
  LOG_LEVEL: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent').default('info'),
  SQL_LOG: flag.default(false),
  OPERATION_LOG: oneOf('trace', 'debug', 'info').default('debug'),
  SLOW_OPERATION_MS: wholeNumber(0, 3_600_000, 1000),
  SLOW_SQL_MS: wholeNumber(0, 3_600_000, 500),
  METRICS: oneOf('on', 'off').optional(),
  METRICS_TOKEN: z.string().min(16, 'must have at least 16 characters').optional(),
  METRICS_PORT: wholeNumberIfSet(0, 65_535).optional(),
  OTEL_EXPORTER_OTLP_ENDPOINT: z.string().refine(isHttpUrl, 'must be a URL such as http://127.0.0.1:4318').optional(),
  OTEL_TRACES_SAMPLER: oneOf(...SAMPLERS).default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: z
    .string()
    .regex(/^(0|1|[01]?\.\d+)$/, 'must be a number from 0 to 1')
    .default('1')
    .transform(Number),
  OTEL_SDK_DISABLED: flag.default(false),
  PAGE_SIZE_DEFAULT: wholeNumber(1, 1000, 20),
  PAGE_SIZE_MAX: wholeNumber(1, 1000, 100),
  SORTED_ROWS_MAX: wholeNumber(0, 1_000_000, 1000),
  BODY_LIMIT_BYTES: wholeNumber(1024, 1_000_000_000, 1_000_000),
  OPERATIONS: oneOf('any', 'registered').default('any'),
  RATE_LIMIT_REQUESTS: wholeNumber(0, 1_000_000_000, 6000),
  RATE_LIMIT_SECONDS: wholeNumber(1, 86_400, 60),
  RATE_LIMIT_STORE: oneOf('memory', 'postgresql').optional(),
  CONCURRENT_OPERATIONS_MAX: wholeNumber(1, 1_000_000, 500),
  OPERATION_TIMEOUT_MS: wholeNumber(10, 3_600_000, 10_000),
  SUBSCRIPTIONS_MAX: wholeNumber(0, 1_000_000, 1000),
  SUBSCRIPTION_STALL_SECONDS: wholeNumber(1, 3600, 15),
  CONNECTIONS_MAX: wholeNumber(1, 1_000_000, 10_000),
  HEADERS_TIMEOUT_SECONDS: wholeNumber(1, 3600, 10),
  REQUEST_TIMEOUT_SECONDS: wholeNumber(1, 3600, 30),
  IDLE_TIMEOUT_SECONDS: wholeNumber(1, 3600, 120),
  COMPRESSION_MIN_BYTES: wholeNumber(0, 1_000_000_000, 10_000),
  TOKENS_MAX: wholeNumber(1, 1_000_000, 10_000),
  DEPTH_MAX: wholeNumber(1, 100, 16),
  ALIASES_MAX: wholeNumber(0, 100_000, 100),
  ROOT_FIELDS_MAX: wholeNumber(1, 100_000, 50),
  DIRECTIVES_MAX: wholeNumber(0, 100_000, 100),
  LIST_LENGTH_MAX: wholeNumber(1, 100_000, 1000),
  COST_MAX: wholeNumber(1, 1_000_000_000, 50_000),
  INTROSPECTION: flag.optional(),
  SUGGESTIONS: flag.optional(),
  IDEMPOTENCY_HOURS: wholeNumber(1, 720, 24),
  EVENT_RETENTION_DAYS: wholeNumber(0, 36_500, 365),
  SHUTDOWN_SECONDS: wholeNumber(0, 600, 10),
  CORS_ORIGINS: z
    .string()
    .transform((list) => list.split(',').map((origin) => origin.trim()))
    .refine(
      (origins) => origins.every((origin) => URL.parse(origin)?.origin === origin),
      'must be origins such as https://shop.example, with commas between them',
    )
    .optional(),
  LANDING_PAGE: oneOf('sandbox', 'explorer', 'reference', 'none').optional(),
  DELIVERY: oneOf('on', 'off').default('on'),
  DELIVERY_TIMEOUT_SECONDS: wholeNumber(1, 60, 10),
  DELIVERY_RETENTION_DAYS: wholeNumber(0, 3650, 30),
  NOTICE_WINDOW_SECONDS: wholeNumber(0, 3600, 5),
  NOTICE_GIVE_UP_HOURS: wholeNumber(1, 8760, 24),
  PUBLIC_URL: httpUrl.optional(),
  TELEGRAM_BOT_API_KEY: z
    .string()
    .regex(/^[\w:-]+$/, 'must be a token as BotFather hands it out')
    .optional(),
  TELEGRAM_USER_ID: z
    .string()
    .regex(/^-?\d{1,20}$|^@\w+$/, 'must be the id of a user or chat, or the @name of a channel')
    .optional(),
  TELEGRAM_API_URL: httpUrl.transform((url) => url.replace(/\/+$/, '')).default('https://api.telegram.org'),
  TELEGRAM_TOPICS: topicList.default(['product.created', 'product.price_changed', 'product.out_of_stock']),
  WEBHOOK_ALLOW_PRIVATE: flag.default(false),
  WEBHOOK_ALLOW_HTTP: flag.default(false),
  WEBHOOK_DISABLE_HOURS: wholeNumber(1, 8760, 120),
});

type EnvironmentValues = z.infer<typeof Environment>;

/** Adds what `.env` says to the environment; what is set already stays. */
export function loadDotEnv(path = '.env'): void {
  if (existsSync(path)) loadEnvFile(path);
}

/**
 * The configuration that an environment describes. An empty variable counts as not set.
 * @throws ConfigError naming every problem at once.
 */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = Environment.safeParse(given);
  if (!result.success)
    throw new ConfigError(result.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`));
  const values = result.data;
  const contradictions = contradictionsIn(values);
  if (contradictions.length > 0) throw new ConfigError(contradictions);
  const config = toConfig(values);
  if (values.DATABASE_REPLICA_URLS && config.database.kind === 'sqlite') {
    throw new ConfigError(['DATABASE_REPLICA_URLS needs PostgreSQL in DATABASE_URL']);
  }
  if (values.RATE_LIMIT_STORE === 'postgresql' && config.database.kind === 'sqlite') {
    throw new ConfigError(['RATE_LIMIT_STORE=postgresql needs PostgreSQL in DATABASE_URL']);
  }
  if (config.isProduction && values.METRICS === 'on' && !isGuarded(config.metrics)) {
    throw new ConfigError([
      'METRICS=on needs METRICS_TOKEN or METRICS_PORT in production: the API is open to the world',
    ]);
  }
  if (config.landingPage === 'reference' && !config.schemaDetails.introspection) {
    throw new ConfigError([
      'LANDING_PAGE=reference needs INTROSPECTION=true: the reference says what introspection does',
    ]);
  }
  return Object.freeze(config);
}

/** What is right by itself, but not together. */
function contradictionsIn(values: EnvironmentValues): string[] {
  const { PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX, TELEGRAM_BOT_API_KEY, TELEGRAM_USER_ID } = values;
  return [
    ...(PAGE_SIZE_DEFAULT > PAGE_SIZE_MAX ? [`PAGE_SIZE_DEFAULT must be at most PAGE_SIZE_MAX, ${PAGE_SIZE_MAX}`] : []),
    ...((TELEGRAM_BOT_API_KEY === undefined) === (TELEGRAM_USER_ID === undefined)
      ? []
      : ['TELEGRAM_BOT_API_KEY and TELEGRAM_USER_ID must both be set, or neither']),
  ];
}

function toConfig(values: EnvironmentValues): Config {
  const database = toDatabase(values);
  const isProduction = values.NODE_ENV === 'production';
  return {
    isProduction,
    host: values.HOST,
    port: values.PORT,
    database,
    migrateOnStart: values.MIGRATE_ON_START ?? database.kind === 'sqlite',
    migrations: {
      backups: values.MIGRATION_BACKUPS,
      lockSeconds: values.MIGRATION_LOCK_SECONDS,
      waitSeconds: values.MIGRATION_WAIT_SECONDS,
    },
    auth: {
      secret: values.AUTH_SECRET,
      previousSecret: values.AUTH_SECRET_PREVIOUS,
      accessTokenMinutes: values.ACCESS_TOKEN_MINUTES,
      sessionDays: values.SESSION_DAYS,
      refreshGraceSeconds: values.REFRESH_GRACE_SECONDS,
      isRegistrationOpen: values.REGISTRATION === 'open',
    },
    trustedProxies: values.TRUSTED_PROXIES,
    logLevel: values.LOG_LEVEL,
    logsSql: values.SQL_LOG,
    operationLog: { level: values.OPERATION_LOG, slowMs: values.SLOW_OPERATION_MS, slowSqlMs: values.SLOW_SQL_MS },
    metrics: toMetrics(values),
    tracing: toTracing(values),
    pageSize: { default: values.PAGE_SIZE_DEFAULT, max: values.PAGE_SIZE_MAX },
    sortedRowsMax: values.SORTED_ROWS_MAX,
    maxBodyBytes: values.BODY_LIMIT_BYTES,
    onlyRegisteredOperations: values.OPERATIONS === 'registered',
    clientRate: { requests: values.RATE_LIMIT_REQUESTS, seconds: values.RATE_LIMIT_SECONDS },
    sharesLimits: (values.RATE_LIMIT_STORE ?? database.kind) === 'postgresql',
    concurrentOperations: values.CONCURRENT_OPERATIONS_MAX,
    operationTimeoutMs: values.OPERATION_TIMEOUT_MS,
    subscriptions: { max: values.SUBSCRIPTIONS_MAX, stallSeconds: values.SUBSCRIPTION_STALL_SECONDS },
    connections: {
      max: values.CONNECTIONS_MAX,
      headersSeconds: values.HEADERS_TIMEOUT_SECONDS,
      requestSeconds: values.REQUEST_TIMEOUT_SECONDS,
      idleSeconds: values.IDLE_TIMEOUT_SECONDS,
    },
    compressionMinBytes: values.COMPRESSION_MIN_BYTES,
    operationLimits: {
      tokens: values.TOKENS_MAX,
      depth: values.DEPTH_MAX,
      aliases: values.ALIASES_MAX,
      rootFields: values.ROOT_FIELDS_MAX,
      directives: values.DIRECTIVES_MAX,
      listLength: values.LIST_LENGTH_MAX,
      cost: values.COST_MAX,
    },
    schemaDetails: {
      introspection: values.INTROSPECTION ?? !isProduction,
      suggestions: values.SUGGESTIONS ?? !isProduction,
    },
    idempotencyHours: values.IDEMPOTENCY_HOURS,
    eventRetentionDays: values.EVENT_RETENTION_DAYS,
    shutdownSeconds: values.SHUTDOWN_SECONDS,
    corsOrigins: values.CORS_ORIGINS ?? (isProduction ? [] : [APOLLO_SANDBOX]),
    landingPage: values.LANDING_PAGE ?? (isProduction ? 'explorer' : 'sandbox'),
    delivery: {
      isOn: values.DELIVERY === 'on',
      timeoutSeconds: values.DELIVERY_TIMEOUT_SECONDS,
      giveUpHours: values.NOTICE_GIVE_UP_HOURS,
      retentionDays: values.DELIVERY_RETENTION_DAYS,
    },
    telegram: toTelegram(values),
    publicUrl: values.PUBLIC_URL,
    webhooks: {
      allowsPrivate: values.WEBHOOK_ALLOW_PRIVATE,
      allowsHttp: values.WEBHOOK_ALLOW_HTTP,
      disableHours: values.WEBHOOK_DISABLE_HOURS,
    },
  };
}

function toTelegram(values: EnvironmentValues): TelegramConfig | undefined {
  const { TELEGRAM_BOT_API_KEY: apiKey, TELEGRAM_USER_ID: chatId } = values;
  if (apiKey === undefined || chatId === undefined) return undefined;
  return {
    apiKey,
    chatId,
    apiUrl: values.TELEGRAM_API_URL,
    topics: values.TELEGRAM_TOPICS,
    windowSeconds: values.NOTICE_WINDOW_SECONDS,
  };
}

/** Outside production anybody may read them; in production who has the token, or reaches the port. */
function toMetrics({ NODE_ENV, METRICS, METRICS_TOKEN: token, METRICS_PORT: port }: EnvironmentValues) {
  const isOn = METRICS ? METRICS === 'on' : NODE_ENV !== 'production' || isGuarded({ token, port });
  return isOn ? { token, port } : undefined;
}

const isGuarded = (metrics: MetricsConfig | undefined) => metrics?.token !== undefined || metrics?.port !== undefined;

function toTracing(values: EnvironmentValues): TracingConfig | undefined {
  const endpoint = values.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint === undefined || values.OTEL_SDK_DISABLED) return undefined;
  const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`;
  return { url, sampler: values.OTEL_TRACES_SAMPLER, ratio: values.OTEL_TRACES_SAMPLER_ARG };
}

function toDatabase({ DATABASE_URL: url, SQLITE_SYNCHRONOUS, ...values }: EnvironmentValues): DatabaseConfig {
  if (url.startsWith('sqlite:'))
    return { kind: 'sqlite', path: url.slice('sqlite:'.length), synchronous: SQLITE_SYNCHRONOUS };
  const poolSize = values.DATABASE_POOL_SIZE;
  const urls = values.DATABASE_REPLICA_URLS;
  const replicas = urls && { urls, poolSize, maxLagSeconds: values.DATABASE_REPLICA_LAG_SECONDS };
  return { kind: 'postgresql', url, poolSize, connectMs: values.DATABASE_CONNECT_MS, ...(replicas && { replicas }) };
}
