import type { EntityManager } from '@mikro-orm/core';
import type { FieldProblem } from '../errors.js';
import type { GoodRow, Kind } from './records.js';

/** What became of a row: for one that is refused, why. */
export type Outcome = 'created' | 'updated' | 'unchanged' | FieldProblem[];

/** Entries that were made because a row named them. */
export type Made = readonly { kind: Kind; slug: string }[];

export interface Written {
  /** In the order of the rows. */
  outcomes: Outcome[];
  made: Made;
}

/** Writes rows of one kind, in the transaction of a unit of work. What violates a constraint fails them all. */
export type Write<K extends Kind> = (em: EntityManager, rows: readonly GoodRow<K>[]) => Promise<Written>;

export const refuse = (path: string, message: string): FieldProblem[] => [{ path, message }];
