import type { SchemaDifference } from '@mikro-orm/postgresql';
import { MigrationError } from '../migration-error.js';
import { type RenameCandidate, renameCandidates } from './schema-diff.js';
import type { ColumnRename } from './schema-model.js';

/** What who makes a migration says of columns that are gone. */
export interface RenameAnswers {
  /** Each `old:new`, or `table.old:new` where several tables have such columns. */
  readonly renames: readonly string[];
  /** Each `column` or `table.column`: gone, whatever is new. */
  readonly drops: readonly string[];
  /** Asks about one; undefined where there is nobody to ask. @returns the new name, or undefined where it was dropped */
  readonly ask?: (candidate: RenameCandidate) => Promise<string | undefined>;
}

/**
 * The columns that were renamed, as somebody says; nothing is guessed.
 * @throws MigrationError for an answer that fits no column, and for a column that nobody answers for
 */
export async function resolveRenames(difference: SchemaDifference, answers: RenameAnswers): Promise<ColumnRename[]> {
  const renames = answers.renames.map((answer) => toRename(difference, answer));
  const dropped = answers.drops.map((answer) => toDropped(difference, answer));
  assertCompatible(renames, dropped);
  const open = renameCandidates(difference)
    .filter(
      ({ table, from }) => ![...renames, ...dropped].some((other) => other.table === table && other.from === from),
    )
    .map((candidate) => ({ ...candidate, to: candidate.to.filter((to) => !isTaken(renames, candidate.table, to)) }))
    .filter(({ to }) => to.length > 0);
  if (open.length > 0 && !answers.ask) throw new MigrationError(question(open));
  for (const candidate of open) {
    // An answer before may have taken a name.
    const free = candidate.to.filter((name) => !isTaken(renames, candidate.table, name));
    const to = free.length > 0 ? await answers.ask?.({ ...candidate, to: free }) : undefined;
    if (to !== undefined) renames.push({ table: candidate.table, from: candidate.from, to });
  }
  return renames;
}

const isTaken = (renames: readonly ColumnRename[], table: string, column: string) =>
  renames.some((rename) => rename.table === table && rename.to === column);

/** @throws MigrationError for two answers of which only one can be */
function assertCompatible(renames: readonly ColumnRename[], dropped: readonly Pick<ColumnRename, 'table' | 'from'>[]) {
  for (const [index, { table, from, to }] of renames.entries()) {
    const before = renames.slice(0, index).filter((other) => other.table === table);
    const isAnswered = [...before, ...dropped].some((other) => other.table === table && other.from === from);
    if (isAnswered || before.some((other) => other.to === to))
      throw new MigrationError(`--rename ${table}.${from}:${to} contradicts another answer.`);
  }
}

function toRename({ changedTables }: SchemaDifference, answer: string): ColumnRename {
  const [, tableName, from = '', to = ''] = /^(?:(\w+)\.)?(\w+):(?:\w+\.)?(\w+)$/.exec(answer) ?? [];
  const fitting = Object.values(changedTables).filter(
    ({ name, removedColumns, addedColumns }) =>
      (tableName === undefined || tableName === name) && from in removedColumns && to in addedColumns,
  );
  return {
    table: only(fitting, `--rename ${answer}`, 'a column that is gone and one that is new in the same table').name,
    from,
    to,
  };
}

function toDropped({ changedTables }: SchemaDifference, answer: string): { table: string; from: string } {
  const [, tableName, from = ''] = /^(?:(\w+)\.)?(\w+)$/.exec(answer) ?? [];
  const fitting = Object.values(changedTables).filter(
    ({ name, removedColumns }) => (tableName === undefined || tableName === name) && from in removedColumns,
  );
  return { table: only(fitting, `--drop ${answer}`, 'a column that is gone').name, from };
}

function only<T extends { name: string }>([found, ...others]: T[], option: string, wanted: string): T {
  if (!found) throw new MigrationError(`${option} does not name ${wanted}.`);
  if (others.length === 0) return found;
  const tables = [found, ...others].map(({ name }) => name).join(', ');
  throw new MigrationError(`${option} fits several tables (${tables}): put the table and a dot in front.`);
}

function question(open: readonly RenameCandidate[]): string {
  return [
    'Some columns are gone, and others of the same type are new. Were they renamed?',
    ...open.map(({ table, from, to }) => `  ${table}.${from} → ${to.join(' or ')}`),
    'Say so for each; nothing is guessed:',
    ...open.map(
      ({ table, from, to }) =>
        `  --rename ${table}.${from}:${to[0]}   or   --drop ${table}.${from} --allow-destructive`,
    ),
  ].join('\n');
}
