import type { DatabaseConfig } from '../config.js';

/**
 * Something in the schema that no entity can describe: an extension, a full-text table, a function, a trigger.
 * Migrations are generated from these as from the entities; what a name stands for is never changed in place, but
 * dropped and made anew.
 */
export interface SchemaObject {
  /** Unique among the objects of a database; the name under which the database itself knows it. */
  readonly name: string;
  /** The table that it stands on: a trigger goes, and comes again, with a table that is rebuilt. */
  readonly on?: string;
  /** One statement that makes it. */
  readonly create: string;
  /** One statement that takes it away. */
  readonly drop: string;
  /** Statements that fill it from rows that are there already, such as the rebuild of a full-text index. */
  readonly fill?: readonly string[];
}

/** The objects of a schema for each database, in the order in which they are made; they are dropped in the reverse one. */
export type SchemaObjects = Readonly<Record<DatabaseConfig['kind'], readonly SchemaObject[]>>;
