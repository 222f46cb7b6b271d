import type { MikroORM } from '@mikro-orm/core';
import { appliedOf, assertConsistent, compareHistory, type HistoryEntry } from './history.js';
import { MigrationError } from './migration-error.js';
import { type Direction, type MigrationFile, migrationNames, readMigrations } from './migration-file.js';
import { ensureLog, noteApplied, noteChecksum, noteFile, noteReverted, readLog } from './migration-log.js';
import { type Session, withSession } from './session.js';
import { type DatabaseKind, literal, quoted, reasonOf } from './sql-text.js';
import { resolveTarget } from './target.js';
import { tellOnceCommitted, type Upgrade, type UpgradeListener, type UpgradeSettings } from './upgrade.js';
import { PostgresqlUpgrade } from './upgrade-postgresql.js';
import { SqliteUpgrade } from './upgrade-sqlite.js';

/** The migrations of a database: what there is, what has been applied, and the way from one to another. */
export class Migrations {
  private files: Promise<MigrationFile[]> | undefined;

  /** @param folder of the migrations for this database */
  constructor(
    private readonly orm: MikroORM,
    private readonly kind: DatabaseKind,
    private readonly folder: string,
    private readonly settings: UpgradeSettings,
  ) {}

  /** The migrations that there are files of, oldest first. */
  read(): Promise<MigrationFile[]> {
    this.files ??= readMigrations(this.folder, this.kind);
    return this.files;
  }

  /** All migrations of files and database, oldest first. Writes nothing. */
  async history(): Promise<HistoryEntry[]> {
    const files = await this.read();
    return this.withSession(async (session) => compareHistory(files, await readLog(session)));
  }

  /** The names of those that have not been applied, oldest first. Opens no file. */
  async pending(): Promise<string[]> {
    const applied = await this.withSession(readLog);
    const seen = new Set(applied.map(({ name }) => name));
    return migrationNames(this.folder).filter((name) => !seen.has(name));
  }

  /** Applies migrations up to a target, all or none. @returns their names, oldest first; @throws MigrationError */
  up(target = 'head', listener: UpgradeListener = {}): Promise<string[]> {
    return this.migrate('up', target, listener);
  }

  /** Reverts migrations down to a target, which stays applied, all or none. @returns their names, newest first */
  down(target = '-1', listener: UpgradeListener = {}): Promise<string[]> {
    return this.migrate('down', target, listener);
  }

  /**
   * Notes the migrations up to a target as applied, as their files are now, and no others, without running any.
   * @returns the names of those that are noted now
   */
  async stamp(target: string, listener: UpgradeListener = {}): Promise<string[]> {
    const files = await this.read();
    return this.withSession((session) =>
      this.upgrade(session, listener).transaction(async () => {
        await ensureLog(session);
        const applied = new Set((await readLog(session)).map(({ name }) => name));
        const current = files.filter(({ name }) => applied.has(name)).length;
        const stamped = files.slice(0, resolveTarget(target, namesOf(files), current));
        const stays = new Set(namesOf(stamped));
        for (const name of applied) if (!stays.has(name)) await session.run(noteReverted(name));
        for (const file of stamped) await session.run(applied.has(file.name) ? noteFile(file) : noteApplied(file));
        return namesOf(stamped);
      }),
    );
  }

  /** Whether a table is there and holds rows. */
  async hasRows(table: string): Promise<boolean> {
    return this.withSession(async (session) => {
      const found = await session.all<{ found: unknown }>(
        session.kind === 'sqlite'
          ? `select 1 as found from sqlite_master where name = ${literal(table)}`
          : `select to_regclass(${literal(quoted(table))}) as found`,
      );
      if (!found[0]?.found) return false;
      return (await session.all(`select 1 from ${quoted(table)} limit 1`)).length > 0;
    });
  }

  /** Runs work on one connection of the database. */
  withSession<T>(work: (session: Session) => Promise<T>): Promise<T> {
    return withSession(this.orm, work);
  }

  private upgrade(session: Session, listener: UpgradeListener): Upgrade {
    const Kind = session.kind === 'sqlite' ? SqliteUpgrade : PostgresqlUpgrade;
    return new Kind(session, this.settings, listener);
  }

  private async migrate(direction: Direction, target: string, listener: UpgradeListener): Promise<string[]> {
    const files = await this.read();
    return this.withSession(async (session) => {
      const plan = async () => planOf(compareHistory(files, await readLog(session)), direction, target);
      // Most often there is nothing to do: then nobody is kept waiting.
      if ((await plan()).length === 0) return [];
      const { meanwhile, committed } = tellOnceCommitted(listener);
      const upgrade = this.upgrade(session, meanwhile);
      const done = await upgrade.transaction(async () => {
        // Another migrator may have done it all while this one waited.
        const migrations = await plan();
        const [first] = migrations;
        if (!first) return [];
        await upgrade.prepare(first.name);
        await ensureLog(session);
        for (const file of files) await session.run(noteChecksum(file));
        for (const migration of migrations) await runMigration(session, upgrade, migration, direction, meanwhile);
        return namesOf(migrations);
      });
      committed();
      return done;
    });
  }
}

/** The migrations to run, in that order. @throws MigrationError for a target on the other side of where the database is */
function planOf(history: readonly HistoryEntry[], direction: Direction, target: string): MigrationFile[] {
  assertConsistent(history);
  const files = history.flatMap(({ file }) => file ?? []);
  const current = appliedOf(history).length;
  const point = resolveTarget(target, namesOf(files), current);
  if (direction === 'up') {
    if (point < current) throw new MigrationError(`"${target}" is behind what is applied already: go \`down\` to it.`);
    return files.slice(current, point);
  }
  if (point > current) throw new MigrationError(`"${target}" is ahead of what is applied: go \`up\` to it.`);
  return files.slice(point, current).toReversed();
}

async function runMigration(
  session: Session,
  upgrade: Upgrade,
  migration: MigrationFile,
  direction: Direction,
  listener: UpgradeListener,
): Promise<void> {
  listener.onMigration?.(migration, direction);
  const begun = performance.now();
  const statements = migration[direction];
  await upgrade.run(migration, direction, async () => {
    for (const [index, statement] of statements.entries()) {
      listener.onStatement?.(migration, index, statements.length);
      await runStatement(session, migration, statement);
    }
  });
  const milliseconds = performance.now() - begun;
  await session.run(direction === 'up' ? noteApplied(migration, milliseconds) : noteReverted(migration.name));
  listener.onMigrated?.(migration, direction, milliseconds);
}

async function runStatement(session: Session, { name }: MigrationFile, statement: string): Promise<void> {
  try {
    await session.run(statement);
  } catch (error) {
    throw new MigrationError(
      `The migration ${name} failed: ${reasonOf(error)}.\nNothing was changed. The statement was:\n  ${shortened(statement)}`,
      { cause: error },
    );
  }
}

const LONGEST_SHOWN = 400;
const shortened = (text: string) => (text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)} …` : text);

export const namesOf = (files: readonly { name: string }[]): string[] => files.map(({ name }) => name);
