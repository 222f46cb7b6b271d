import { AsyncLocalStorage } from 'node:async_hooks';
import type { Id } from '../shared/id.js';

/** How a change came about. */
export type ChangeSource = 'API' | 'IMPORT' | 'COMMAND';

/** Who is behind what a transaction changes: the database writes it into each event (see event/event-triggers.ts). */
export interface Author {
  /** The user who was signed in; undefined where nobody was. */
  readonly actorId?: Id | undefined;
  readonly source: ChangeSource;
  /** The request's, or the import's. */
  readonly requestId?: string | undefined;
  /** Whether a new hash is no change of a password: the same password hashed anew. */
  readonly isRehash?: boolean;
}

/** Whoever runs a command. */
export const COMMAND_LINE: Author = { source: 'COMMAND' };

const current = new AsyncLocalStorage<Author>();

/** Runs work whose transactions are an author's. */
export const asAuthor = <T>(author: Author, work: () => T): T => current.run(author, work);

/** Whose transaction is about to begin; undefined for what nobody does, as keeping house. */
export const currentAuthor = (): Author | undefined => current.getStore();
