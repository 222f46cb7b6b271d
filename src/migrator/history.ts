import { MigrationError } from './migration-error.js';
import type { MigrationFile } from './migration-file.js';
import type { AppliedMigration } from './migration-log.js';

/** A migration, as its file and the database see it; at least one of them knows it. */
export interface HistoryEntry {
  readonly name: string;
  readonly file: MigrationFile | undefined;
  readonly applied: AppliedMigration | undefined;
  /** What keeps the database from being changed by migrations, if anything. */
  readonly problem: HistoryProblem | undefined;
}

/** `edited`: not what was applied. `missing`: no file. `late`: to be applied, though one that is newer has been. */
export type HistoryProblem = 'edited' | 'missing' | 'late';

const PROBLEMS: Readonly<Record<HistoryProblem, string>> = {
  edited: 'was edited after it was applied',
  missing: 'was applied, but has no file here',
  late: 'is older than the newest that was applied, but was not applied itself',
};

/** A problem in words, to stand behind the migration's name. */
export const describeProblem = (problem: HistoryProblem): string => PROBLEMS[problem];

/** All migrations of the files and of the database, oldest first. */
export function compareHistory(files: readonly MigrationFile[], applied: readonly AppliedMigration[]): HistoryEntry[] {
  const fileOf = new Map(files.map((file) => [file.name, file]));
  const appliedOf = new Map(applied.map((row) => [row.name, row]));
  const newest = [...appliedOf.keys()].reduce((latest, name) => (name > latest ? name : latest), '');
  const names = [...new Set([...fileOf.keys(), ...appliedOf.keys()])].toSorted();
  return names.map((name) => {
    const [file, row] = [fileOf.get(name), appliedOf.get(name)];
    return { name, file, applied: row, problem: problemOf(file, row, name < newest) };
  });
}

function problemOf(
  file: MigrationFile | undefined,
  applied: AppliedMigration | undefined,
  isOlder: boolean,
): HistoryProblem | undefined {
  if (!file) return 'missing';
  if (!applied) return isOlder ? 'late' : undefined;
  return applied.checksum !== null && applied.checksum !== file.checksum ? 'edited' : undefined;
}

/**
 * Makes sure that files and database tell the same story.
 * @throws MigrationError naming each migration that they disagree about
 */
export function assertConsistent(history: readonly HistoryEntry[]): void {
  const found = history.flatMap(({ name, problem }) => (problem ? [`  ${name} ${PROBLEMS[problem]}`] : []));
  if (found.length === 0) return;
  throw new MigrationError(
    [
      'The migrations and the database disagree; nothing was changed:',
      ...found,
      'Bring back the files that were applied. Where the database is right as it is, `catalog migrate stamp` notes so.',
    ].join('\n'),
  );
}

/** The entries that the database has seen. */
export const appliedOf = (history: readonly HistoryEntry[]): HistoryEntry[] => history.filter(({ applied }) => applied);

/** The entries that it has not. */
export const pendingOf = (history: readonly HistoryEntry[]): HistoryEntry[] =>
  history.filter(({ applied }) => !applied);
