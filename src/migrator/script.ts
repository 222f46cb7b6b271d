import type { Direction, MigrationFile } from './migration-file.js';
import { createLogSql, LOG_TABLE, noteApplied, noteReverted } from './migration-log.js';
import { type DatabaseKind, ended, guard, literal } from './sql-text.js';
import { holdMigratorLock, limitLockWait, runTriggersAtOnce } from './upgrade-postgresql.js';

/** A way between two points of a history, each told as how many migrations stand below it. */
export interface Way {
  readonly from: number;
  readonly to: number;
}

/**
 * What going a way would run, as a script for `sqlite3` or `psql`: with its transaction, with the notes of what is
 * applied, and only on a database that is where the way begins.
 */
export function scriptOf(
  kind: DatabaseKind,
  migrations: readonly MigrationFile[],
  { from, to }: Way,
  lockSeconds: number,
): string {
  const direction: Direction = from <= to ? 'up' : 'down';
  const run = direction === 'up' ? migrations.slice(from, to) : migrations.slice(to, from).toReversed();
  const [begin, end] = kind === 'sqlite' ? SQLITE_FRAME : postgresqlFrame(lockSeconds);
  return [
    `-- ${direction} from ${pointName(migrations, from)} to ${pointName(migrations, to)}`,
    ...begin,
    createLogSql(kind),
    startsAt(kind, migrations.slice(0, from)),
    ...run.flatMap((migration) => ['', `-- ${direction} ${migration.name}`, ...partOf(migration, direction)]),
    '',
    ...end,
    '',
  ].join('\n');
}

const pointName = (migrations: readonly MigrationFile[], point: number) => migrations[point - 1]?.name ?? 'base';

const partOf = (migration: MigrationFile, direction: Direction) => [
  ...migration[direction].map(ended),
  direction === 'up' ? noteApplied(migration) : noteReverted(migration.name),
];

function startsAt(kind: DatabaseKind, applied: readonly MigrationFile[]): string {
  const names = applied.map(({ name }) => literal(name)).join(', ');
  const known = applied.length === 0 ? '0' : `(select count(*) from ${LOG_TABLE} where name in (${names}))`;
  const query = `select 1 where ${known} <> ${applied.length} or (select count(*) from ${LOG_TABLE}) <> ${applied.length}`;
  return guard(kind, query, `the database is not at ${applied.at(-1)?.name ?? 'base'}, where this script begins`);
}

const SQLITE_FRAME: readonly [string[], string[]] = [
  ['.bail on', 'pragma foreign_keys = off;', 'begin immediate;'],
  [
    guard(
      'sqlite',
      'select 1 from pragma_foreign_key_check',
      'there would be rows that name others which are not there',
    ),
    'commit;',
    'pragma foreign_keys = on;',
  ],
];

const postgresqlFrame = (lockSeconds: number): readonly [string[], string[]] => [
  ['\\set ON_ERROR_STOP on', 'begin;', holdMigratorLock, limitLockWait(lockSeconds), runTriggersAtOnce],
  ['commit;'],
];
