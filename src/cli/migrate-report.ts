import { styleText } from 'node:util';
import { relative } from 'node:path';
import type { Backup } from '../migrator/backup.js';
import { type DriftReport, isClean } from '../migrator/drift/check-drift.js';
import type { SchemaDifference } from '../migrator/drift/schema-item.js';
import type { CreatedMigration } from '../migrator/generate/create-migration.js';
import { appliedOf, describeProblem, type HistoryEntry } from '../migrator/history.js';
import type { Direction, MigrationFile } from '../migrator/migration-file.js';
import type { DatabaseKind } from '../migrator/sql-text.js';
import type { UpgradeListener } from '../migrator/upgrade.js';
import { createProgress, type Progress } from './progress.js';

type Style = Parameters<typeof styleText>[0];

/** Text in a style on a terminal, as it is in a pipe and where NO_COLOR is set. */
const styled = (style: Style, text: string) => styleText(style, text, { stream: process.stdout });

/** Tells a person how an upgrade goes. What is worth keeping goes to standard output. */
export class UpgradeReport implements UpgradeListener {
  private progress: Progress | undefined;

  onWait(): void {
    console.error('Another migrator is at work, or another process writes: waiting for it …');
  }

  onBackup({ path, bytes }: Backup): void {
    console.log(`Backed up to ${path} (${megabytes(bytes)})`);
  }

  onBackupRemoved(): void {
    this.stop();
    console.log('Nothing was changed: the backup is removed again.');
  }

  onMigration(): void {
    this.stop();
  }

  onStatement({ name }: MigrationFile, done: number, all: number): void {
    this.progress ??= createProgress(name, 'statements');
    this.progress.update(done, all, done);
  }

  onLoss(name: string, losses: readonly string[]): void {
    for (const loss of losses) console.log(styled('yellow', `  ${name} took away ${loss}`));
  }

  onMigrated({ name }: MigrationFile, direction: Direction, milliseconds: number): void {
    this.stop();
    const what = direction === 'up' ? 'Applied' : 'Reverted';
    console.log(`${styled('green', what)} ${name} (${duration(milliseconds)})`);
  }

  finish(direction: Direction, done: readonly string[], history: readonly HistoryEntry[]): void {
    const current = appliedOf(history).at(-1)?.name ?? 'base';
    if (done.length === 0)
      console.log(`Nothing to ${direction === 'up' ? 'apply' : 'revert'}: the database is at ${current}.`);
    else console.log(`The database is at ${current}.`);
  }

  stop(): void {
    this.progress?.stop();
    this.progress = undefined;
  }
}

/** The history as a table, or as JSON. */
export function historyText(history: readonly HistoryEntry[], isJson: boolean): string {
  const current = appliedOf(history).at(-1)?.name;
  const head = history.findLast(({ file }) => file)?.name;
  if (isJson)
    return JSON.stringify(
      history.map((entry) => toJson(entry, current, head)),
      undefined,
      2,
    );
  if (history.length === 0) return 'There are no migrations yet: `catalog migrate create NAME` makes the first.';
  const rows = history.map((entry) => toRow(entry, current, head));
  const columns = [['', 'MIGRATION', 'APPLIED', 'TOOK', 'CHECKSUM', ''], ...rows.map(({ cells }) => cells)];
  const widths = columns[0]?.map((_, index) => Math.max(...columns.map((cells) => cells[index]?.length ?? 0))) ?? [];
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd();
  return [
    styled('bold', line(columns[0] ?? [])),
    ...rows.map(({ cells, style }) => (style ? styled(style, line(cells)) : line(cells))),
  ].join('\n');
}

function toRow({ name, file, applied, problem }: HistoryEntry, current?: string, head?: string) {
  const marks = [
    ...(name === current ? ['current'] : []),
    ...(name === head ? ['head'] : []),
    ...(problem ? [describeProblem(problem)] : []),
  ];
  const milliseconds = applied?.milliseconds ?? undefined;
  const cells = [
    problem ? '!' : applied ? '*' : '-',
    name,
    applied ? applied.appliedAt.toISOString().replace('T', ' ').slice(0, 19) : 'pending',
    milliseconds === undefined ? '' : duration(milliseconds),
    (file?.checksum ?? applied?.checksum ?? '').slice(0, 12),
    marks.length > 0 ? `<- ${marks.join(', ')}` : '',
  ];
  const style: Style | undefined = problem ? 'red' : applied ? undefined : 'yellow';
  return { cells, style };
}

const toJson = ({ name, file, applied, problem }: HistoryEntry, current?: string, head?: string) => ({
  name,
  state: applied ? 'applied' : 'pending',
  appliedAt: applied?.appliedAt.toISOString() ?? null,
  milliseconds: applied?.milliseconds ?? null,
  checksum: file?.checksum ?? null,
  appliedChecksum: applied?.checksum ?? null,
  isCurrent: name === current,
  isHead: name === head,
  problem: problem ?? null,
});

/** What a check found, object by object, or as JSON. */
export function driftText(report: DriftReport, isJson: boolean): string {
  if (isJson) return JSON.stringify({ ok: isClean(report), ...report }, undefined, 2);
  const { history, code, database, pending } = report;
  const parts = [
    section(
      'The migrations and the database disagree about what was applied:',
      history.map(({ migration, problem }) => `  ${migration} ${problem}`),
    ),
    section(
      'The code describes something else than the migrations lead to (`catalog migrate create NAME` makes the next one):',
      code.flatMap((difference) => differenceLines(difference, 'the migrations')),
    ),
    section(
      'The database is not what the applied migrations lead to; somebody changed it by hand:',
      database.flatMap((difference) => differenceLines(difference, 'the database')),
    ),
    ...(isClean(report) ? [styled('green', 'Code, migrations and database agree.')] : []),
    ...(pending.length > 0 ? [`${pending.length} pending: ${pending.join(', ')}`] : []),
  ];
  return parts.filter((part) => part !== '').join('\n');
}

const section = (title: string, lines: readonly string[]) =>
  lines.length === 0 ? '' : [styled('red', title), ...lines].join('\n');

function differenceLines({ object, problem, expected, found }: SchemaDifference, where: string): string[] {
  if (problem === 'missing') return [`  ${object} is not in ${where}`];
  if (problem === 'unexpected') return [`  ${object} is in ${where}, and should not be`];
  return [`  ${object} is different in ${where}`, `    expected: ${expected}`, `    found:    ${found}`];
}

/** A migration's statements for one database. */
export function sqlText(kind: DatabaseKind, file: MigrationFile | undefined): string {
  const title = styled('bold', `-- ${kind}`);
  if (!file) return `${title}\n-- not there`;
  const part = (direction: Direction) => [
    `-- ${direction}${file.marks.loses?.[direction]?.length ? `; takes away what is in ${file.marks.loses[direction].join(', ')}` : ''}`,
    ...(file[direction].length === 0 ? ['-- nothing'] : file[direction]),
  ];
  return [title, `-- ${file.name}, ${file.checksum.slice(0, 12)}`, ...part('up'), ...part('down'), ''].join('\n');
}

/** What became of a request to make a migration. */
export function createdText(created: CreatedMigration | undefined): string {
  if (!created) return 'Nothing to do: the migrations lead to what the code describes. No file was made.';
  const paths = Object.values(created.files).map(({ path }) => `  ${relative(process.cwd(), path)}`);
  return ['Made', ...paths, 'Read both; then `npm run build` and `catalog migrate up`.'].join('\n');
}

const megabytes = (bytes: number) => `${(bytes / 1_000_000).toFixed(1)} MB`;
const duration = (milliseconds: number) =>
  milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
