import { fileURLToPath } from 'node:url';
import type { EntityMetadata, Options, Platform } from '@mikro-orm/core';
import { Migrator } from '@mikro-orm/migrations';
import { PostgreSqlDriver } from '@mikro-orm/postgresql';
import { Category } from '../category/category.entity.js';
import type { Config } from '../config.js';
import { Product, ProductTag } from '../product/product.entity.js';
import { Session } from '../session/session.entity.js';
import { KeyType } from '../shared/key-column.js';
import { Tag } from '../tag/tag.entity.js';
import { User } from '../user/user.entity.js';
import { SqliteDriver } from './sqlite.js';

const ENTITIES = [Category, Tag, Product, ProductTag, User, Session];

/** The folder of the running code's own migrations: TypeScript under src, JavaScript once built. */
const migrationsOf = (dialect: string) => fileURLToPath(new URL(`../migrations/${dialect}`, import.meta.url));

/** The ORM's options for a configuration; the server, the CLIs and the tests all use these. */
export function ormOptions(config: Config): Partial<Options> {
  const { database } = config;
  return {
    ...(database.kind === 'sqlite'
      ? { driver: SqliteDriver, dbName: database.path, driverOptions: { synchronous: database.synchronous } }
      : { driver: PostgreSqlDriver, clientUrl: database.url, pool: { min: 0, max: database.poolSize } }),
    entities: ENTITIES,
    extensions: [Migrator],
    discovery: { onMetadata: collateKeys },
    colors: false,
    debug: config.logsSql ? ['query', 'query-params'] : false,
    migrations: {
      path: migrationsOf(database.kind),
      pathTs: migrationsOf(database.kind),
      glob: '!(*.d).{js,ts}',
      fileName: (timestamp, name) => (name ? `${timestamp}-${name}` : timestamp),
      // Else the snapshot is named after the database file, and every developer writes another one.
      snapshotName: '.snapshot',
      snapshotOnMigrate: false,
      allOrNothing: true,
    },
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
