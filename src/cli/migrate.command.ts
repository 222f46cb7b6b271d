import { Argument, Command, Option } from 'commander';
import { readConfig } from '../config.js';
import { migrationsFolder } from '../database/orm.js';
import { checkDrift, isClean } from '../migrator/drift/check-drift.js';
import { createMigration } from '../migrator/generate/create-migration.js';
import { dialogue } from '../migrator/generate/dialogue.js';
import { appliedOf, pendingOf } from '../migrator/history.js';
import { MigrationError } from '../migrator/migration-error.js';
import { readMigrations } from '../migrator/migration-file.js';
import { namesOf } from '../migrator/migrations.js';
import { scriptOf } from '../migrator/script.js';
import type { DatabaseKind } from '../migrator/sql-text.js';
import { resolveTarget } from '../migrator/target.js';
import { createdText, driftText, historyText, sqlText, UpgradeReport } from './migrate-report.js';
import { fromSources } from './from-sources.js';
import { withMigrator, withMigratorToRead } from './with-migrator.js';

const TARGETS = 'head, base, +2, -1, or a migration: its name, or an unambiguous beginning of it';

/** For an option that may be given several times. */
const collect = (value: string, values: string[]) => [...values, value];

/** `catalog migrate`: what becomes of the database's schema. */
export const migrateCommand = new Command('migrate')
  .description('Changes the schema of the database that DATABASE_URL names, and keeps what is in it.')
  .addCommand(
    new Command('up')
      .description('Applies the migrations up to a target, all or none.')
      .argument('[target]', TARGETS, 'head')
      .action((target: string) => migrate('up', target)),
  )
  .addCommand(
    new Command('down')
      .description('Reverts the migrations down to a target, which stays applied, all or none.')
      .argument('[target]', TARGETS, '-1')
      .action((target: string) => migrate('down', target)),
  )
  .addCommand(
    new Command('current')
      .description('Tells the newest migration that is applied.')
      .option('--check', 'ends with 1 where that is not the newest there is', false)
      .action(current),
  )
  .addCommand(
    new Command('history')
      .description('Lists all migrations: applied when, how long it took, and what is pending.')
      .option('--json', 'for machines', false)
      .action(history),
  )
  .addCommand(
    new Command('show')
      .description("Prints a migration's SQL, for both databases.")
      .argument('<migration>', TARGETS)
      .action(show),
  )
  .addCommand(
    new Command('sql')
      .description(
        'Prints what going from one point to another would run, as a script for sqlite3 or psql. Needs no database.',
      )
      .option('--from <point>', TARGETS, 'base')
      .option('--to <point>', TARGETS, 'head')
      .addOption(
        new Option('--database <kind>', 'another one than DATABASE_URL names').choices(['sqlite', 'postgresql']),
      )
      .action(sql),
  )
  .addCommand(
    new Command('check')
      .description(
        'Compares the code with the migrations, these with the database, and the files with what was applied.',
      )
      .option('--json', 'for machines', false)
      .action(check),
  )
  .addCommand(
    new Command('stamp')
      .description('Notes the migrations up to a target as applied, as their files are now, and no others. Runs none.')
      .argument('<target>', TARGETS)
      .action(stamp),
  )
  .addCommand(
    new Command('create')
      .description('Makes a migration for each database from what the code describes, under one name.')
      .addArgument(new Argument('<name>', 'such as add-brand'))
      .option(
        '--rename <old:new>',
        'a column that has another name now; with its table and a dot where need be',
        collect,
        [],
      )
      .option('--drop <column>', 'a column that is gone, though one of the same type is new', collect, [])
      .option('--allow-destructive', 'lets it take away what is in tables and columns', false)
      .option('--blank', 'makes one to be written by hand', false)
      .action(create),
  );

function migrate(direction: 'up' | 'down', target: string): Promise<void> {
  return withMigrator(async ({ migrations }) => {
    const report = new UpgradeReport();
    try {
      const done = await migrations[direction](target, report);
      report.finish(direction, done, await migrations.history());
    } finally {
      report.stop();
    }
  });
}

function current({ check: fails }: { check: boolean }): Promise<void> {
  return withMigratorToRead(async ({ migrations }) => {
    const entries = await migrations.history();
    const pending = pendingOf(entries);
    console.log(appliedOf(entries).at(-1)?.name ?? 'base');
    if (pending.length > 0) console.error(`${pending.length} pending: ${namesOf(pending).join(', ')}`);
    if (fails && pending.length > 0) process.exitCode = 1;
  });
}

function history({ json }: { json: boolean }): Promise<void> {
  return withMigratorToRead(async ({ migrations }) => {
    const entries = await migrations.history();
    console.log(historyText(entries, json));
  });
}

function show(migration: string): Promise<void> {
  return withMigratorToRead(async ({ migrations, settings }) => {
    const names = namesOf(await migrations.read());
    const applied = appliedOf(await migrations.history()).length;
    const name = names[resolveTarget(migration, names, applied) - 1];
    if (name === undefined) throw new MigrationError('There is no migration at base: it is where none is applied.');
    for (const kind of ['sqlite', 'postgresql'] as const) {
      const file = (await readMigrations(settings.folderOf(kind), kind)).find((other) => other.name === name);
      console.log(sqlText(kind, file));
    }
  });
}

interface SqlOptions {
  from: string;
  to: string;
  database?: DatabaseKind;
}

async function sql({ from, to, database }: SqlOptions): Promise<void> {
  const { kind, folder, lockSeconds } = offlineSettings(database);
  const files = await readMigrations(folder, kind);
  const names = namesOf(files);
  const begin = resolveTarget(from, names, 0);
  const way = { from: begin, to: resolveTarget(to, names, begin) };
  process.stdout.write(scriptOf(kind, files, way, lockSeconds));
}

function offlineSettings(database: DatabaseKind | undefined) {
  const { database: configured, migrations } = readConfig();
  const kind = database ?? configured.kind;
  return { kind, folder: migrationsFolder(kind), lockSeconds: migrations.lockSeconds };
}

function check({ json }: { json: boolean }): Promise<void> {
  return withMigratorToRead(async (migrator) => {
    const report = await checkDrift(migrator.migrations, migrator);
    console.log(driftText(report, json));
    if (!isClean(report)) process.exitCode = 1;
  });
}

function stamp(target: string): Promise<void> {
  return withMigrator(async ({ migrations }) => {
    const names = await migrations.stamp(target);
    console.log(`Noted as applied: ${names.length === 0 ? 'none' : names.join(', ')}. Nothing was run.`);
  });
}

interface CreateOptions {
  rename: string[];
  drop: string[];
  allowDestructive: boolean;
  blank: boolean;
}

function create(name: string, { rename, drop, allowDestructive, blank }: CreateOptions): Promise<void> {
  // The build may be older than the entities; and a migration is written beside its sources.
  return fromSources(() =>
    withMigratorToRead(async ({ migrations, settings }) => {
      const created = await createMigration(settings, {
        name,
        renames: rename,
        drops: drop,
        allowsLosses: allowDestructive,
        isBlank: blank,
        ...dialogue(),
        hasRows: (table) => migrations.hasRows(table),
      });
      console.log(createdText(created));
    }),
  );
}
