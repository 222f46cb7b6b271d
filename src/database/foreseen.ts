import type { EntityManager, EntityMetadata } from '@mikro-orm/core';
import type { Entry } from '../shared/entry.js';
import type { Id } from '../shared/id.js';
import type { Author } from './author.js';
import { dialectOf } from './entry-table.js';
import { type ForeseenWrite, ForeseenWrites } from './foreseen-writes.js';
import type { Proof } from './proof.js';
import { SqliteForeseenWrites } from './sqlite-foreseen.js';
import type { BoundStatement } from './statements.js';

/** A unit of work whose write is known before it begins. */
export interface ForeseenWork {
  readonly author: Author;
  /** What has to hold when it begins; undefined where that is known. */
  readonly proof?: Proof | undefined;
  readonly write: ForeseenWrite;
  /** What reads the answer when all is written. @param id null for the entry that PostgreSQL has made last */
  readonly answer: (id: Id | null) => BoundStatement;
}

type Writes = Pick<ForeseenWrites, 'insert' | 'update' | 'add'>;

const tables = new WeakMap<EntityMetadata, Writes>();

/** The foreseen writes of an entity's table, by the entity's own declaration. */
export function foreseenWritesOf(em: EntityManager, entity: new () => Entry): Writes {
  const meta: EntityMetadata = em.getMetadata(entity);
  const isSqlite = dialectOf(em).kind === 'sqlite';
  const kept = tables.get(meta) ?? (isSqlite ? new SqliteForeseenWrites(meta) : new ForeseenWrites(meta));
  tables.set(meta, kept);
  return kept;
}
