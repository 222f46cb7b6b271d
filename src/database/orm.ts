import { fileURLToPath } from 'node:url';
import type { EntityMetadata, Options, Platform } from '@mikro-orm/core';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { Category } from '../category/category.entity.js';
import type { Config } from '../config.js';
import { Delivery, DeliveryChannel } from '../delivery/delivery.entity.js';
import { tablesOf } from '../migrator/generate/schema-diff.js';
import { migratorExtension } from '../migrator/orm-migrator.js';
import type { DatabaseKind } from '../migrator/sql-text.js';
import { KeptAnswer } from '../idempotency/kept-answer.entity.js';
import { sharedLimitObjects } from '../limits/shared-limits.js';
import { Event, EventConsumer } from '../event/event.entity.js';
import { eventTriggers } from '../event/event-triggers.js';
import { RegisteredOperation } from '../operation/registered-operation.entity.js';
import { linkCategories } from '../product/link-categories.js';
import { productCounts } from '../product/product-counts.js';
import { Product, ProductTag } from '../product/product.entity.js';
import { Session } from '../session/session.entity.js';
import { KeyType } from '../shared/key-column.js';
import { Tag } from '../tag/tag.entity.js';
import { User } from '../user/user.entity.js';
import { Webhook } from '../webhook/webhook.entity.js';
import type { SchemaObjects } from './schema-objects.js';
import { primaryOf } from './postgresql-primary.js';
import { searchIndexes } from './search-index.js';
import { SqliteDriver } from './sqlite.js';

/** What a database's schema follows from, and where the migrations to it are. */
export interface SchemaSource {
  readonly entities: NonNullable<Options['entities']>;
  /** What no entity can describe. */
  readonly objects: SchemaObjects;
  /** The folder that has a folder of migrations for each database. */
  readonly migrations: string;
  /** Tables to which triggers add a row for a change of others. */
  readonly journals: readonly string[];
}

/** The catalogue's own; the folder is the running code's, with TypeScript under src and JavaScript once built. */
export const CATALOGUE: SchemaSource = {
  entities: [
    Category,
    Tag,
    Product,
    ProductTag,
    User,
    Session,
    Event,
    EventConsumer,
    KeptAnswer,
    RegisteredOperation,
    DeliveryChannel,
    Delivery,
    Webhook,
  ],
  objects: {
    sqlite: [
      ...searchIndexes.sqlite,
      ...productCounts.sqlite,
      ...linkCategories.sqlite,
      ...eventTriggers.sqlite,
      ...sharedLimitObjects.sqlite,
    ],
    postgresql: [
      ...searchIndexes.postgresql,
      ...productCounts.postgresql,
      ...linkCategories.postgresql,
      ...eventTriggers.postgresql,
      ...sharedLimitObjects.postgresql,
    ],
  },
  migrations: fileURLToPath(new URL('../migrations', import.meta.url)),
  journals: ['events', 'search_backlog'],
};

/** The folder of a database's migrations. */
export const migrationsFolder = (kind: DatabaseKind, source: SchemaSource = CATALOGUE): string =>
  `${source.migrations}/${kind}`;

/** The ORM's options for a configuration; the server, the command lines and the tests all use these. */
export function ormOptions(config: Config, source: SchemaSource = CATALOGUE): Partial<Options> {
  const { database, migrations } = config;
  const folderOf = (kind: DatabaseKind) => migrationsFolder(kind, source);
  return {
    ...connectionOptions(config),
    entities: source.entities,
    extensions: [
      migratorExtension({
        kind: database.kind,
        folderOf,
        objects: source.objects,
        upgrade: {
          ...migrations,
          ownTables: tablesOf(source.objects[database.kind]),
          journals: source.journals,
        },
        offlineOptions: (kind) => ormOptions({ ...config, database: OFFLINE[kind] }, source),
      }),
    ],
    discovery: { onMetadata: collateKeys },
    colors: false,
    debug: config.logsSql ? ['query', 'query-params'] : false,
    migrations: {
      path: folderOf(database.kind),
      pathTs: folderOf(database.kind),
      snapshotName: '.snapshot',
    },
  };
}

/** Databases that nobody connects to: to know the dialect is enough to write a migration. */
const OFFLINE: Readonly<Record<DatabaseKind, Config['database']>> = {
  sqlite: { kind: 'sqlite', path: ':memory:', synchronous: 'FULL' },
  postgresql: { kind: 'postgresql', url: 'postgres://localhost/offline', poolSize: 1, connectMs: 1 },
};

const connectionOptions = ({ database, operationTimeoutMs: busyMs }: Config): Partial<Options> =>
  database.kind === 'sqlite'
    ? { driver: SqliteDriver, dbName: database.path, driverOptions: { synchronous: database.synchronous, busyMs } }
    : postgresqlOptions(database);

function postgresqlOptions({
  url,
  poolSize,
  connectMs,
}: Config['database'] & { kind: 'postgresql' }): Partial<Options> {
  const { url: clientUrl, ...client } = primaryOf(url);
  return {
    driver: PostgreSqlDriver,
    clientUrl,
    pool: { min: 0, max: poolSize },
    // MikroORM reads who and where out of a URL, and not what stands behind it, such as `sslmode`.
    driverOptions: { connectionString: clientUrl, keepAlive: true, connectionTimeoutMillis: connectMs, ...client },
  };
}

/** PostgreSQL sorts text by locale unless the column says otherwise; SQLite's columns sort by bytes. */
function collateKeys(meta: EntityMetadata, platform: Platform): void {
  if (platform.getDefaultSchemaName() === undefined) return;
  for (const property of Object.values(meta.properties)) {
    if (
      property.type === KeyType.name ||
      (property.type as unknown) === KeyType ||
      property.customType instanceof KeyType
    )
      property.collation = 'C';
  }
}
