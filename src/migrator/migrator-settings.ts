import type { Options } from '@mikro-orm/core';
import type { SchemaObjects } from '../database/schema-objects.js';
import type { DatabaseKind } from './sql-text.js';
import type { UpgradeSettings } from './upgrade.js';

/** What migrations are made from, and how they are applied. */
export interface MigratorSettings {
  readonly kind: DatabaseKind;
  /** The folder of a kind's migrations. */
  readonly folderOf: (kind: DatabaseKind) => string;
  readonly objects: SchemaObjects;
  readonly upgrade: UpgradeSettings;
  /** Options for an ORM on the other database, or this one, that is never connected. */
  readonly offlineOptions: (kind: DatabaseKind) => Partial<Options>;
}
