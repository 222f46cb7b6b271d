import { type EntityManager, UniqueConstraintViolationException } from '@mikro-orm/core';
import { violatedConstraint } from '../database/unit-of-work.js';
import { BadUserInputError, CatalogError, type FieldProblem } from '../errors.js';
import type { Outcome, Write, Written } from './outcome.js';
import type { GoodRow, Kind, RecordOf } from './records.js';

/**
 * Writes rows of one kind as a nested transaction. Where one of them violates a constraint, nobody can tell which: the
 * halves are tried, down to the rows that are to blame, and these alone are refused. A row that somebody else has
 * written at the same moment is there by the next try, and is compared with that.
 */
export async function writeRows<K extends Kind>(
  em: EntityManager,
  write: Write<K>,
  rows: readonly GoodRow<K>[],
  isLastTry = false,
): Promise<Written> {
  try {
    return await em.transactional((nested) => write(nested, rows));
  } catch (error) {
    if (!isToBlameOnRow(error)) throw error;
    if (rows.length > 1) return writeHalves(em, write, rows);
    if (!isLastTry) return writeRows(em, write, rows, true);
    return { outcomes: [reasonsOf(error, rows[0] as GoodRow<K>)], made: [] };
  }
}

async function writeHalves<K extends Kind>(
  em: EntityManager,
  write: Write<K>,
  rows: readonly GoodRow<K>[],
): Promise<Written> {
  const middle = Math.ceil(rows.length / 2);
  const first = await writeRows(em, write, rows.slice(0, middle));
  const second = await writeRows(em, write, rows.slice(middle));
  return { outcomes: [...first.outcomes, ...second.outcomes], made: [...first.made, ...second.made] };
}

/** Whether a row of a batch is wrong, rather than the database away. */
export const isToBlameOnRow = (error: unknown): error is UniqueConstraintViolationException | CatalogError =>
  error instanceof UniqueConstraintViolationException || error instanceof CatalogError;

function reasonsOf(error: UniqueConstraintViolationException | CatalogError, row: GoodRow): FieldProblem[] {
  if (error instanceof BadUserInputError)
    return error.fields.map(({ path, message }) => ({ path: path.replace(/^input\./, ''), message }));
  if (error instanceof CatalogError) return [{ path: '', message: `is refused: ${error.message}` }];
  return CONFLICTS[violatedConstraint(error)]?.(row.record) ?? [{ path: '', message: `is refused: ${error.message}` }];
}

const CONFLICTS: Record<string, (record: RecordOf[Kind]) => Outcome & object> = {
  tags_name_key_unique: (record) => taken('name', nameOf(record), 'that of another tag'),
  categories_ancestor_path_name_unique: (record) => taken('name', nameOf(record), 'that of a sibling'),
  users_username_key_unique: (record) => taken('username', nameOf(record), 'that of another user'),
};

const nameOf = (record: RecordOf[Kind]) => ('username' in record ? record.username : record.name);

const taken = (path: string, value: string, owner: string): FieldProblem[] => [
  { path, message: `must be free: "${value}" is ${owner} already` },
];
