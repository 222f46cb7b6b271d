import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isBusy, isOfDatabase } from '../database/sqlite.js';
import { type Backup, backUp, pruneBackups } from './backup.js';
import { MigrationError } from './migration-error.js';
import type { MigrationFile, Direction } from './migration-file.js';
import { compareCounts, countRows, holdsRows, type RowCounts } from './row-counts.js';
import type { Session } from './session.js';
import { literal, quoted, reasonOf } from './sql-text.js';
import type { Upgrade, UpgradeListener, UpgradeSettings } from './upgrade.js';

/**
 * An upgrade of an SQLite database. SQLite changes a table by making a new one in its place, and dropping the old one
 * fires what its foreign keys say: so they are off, which only works outside a transaction, and everything is checked
 * before the transaction commits instead.
 * @see https://www.sqlite.org/lang_altertable.html#otheralter
 */
export class SqliteUpgrade implements Upgrade {
  private counts: RowCounts | undefined;
  private violations = 0;
  private backup: Backup | undefined;

  constructor(
    private readonly session: Session,
    private readonly settings: UpgradeSettings,
    private readonly listener: UpgradeListener,
  ) {}

  /** One writer at a time: whoever comes second begins when the first has committed, and sees what it did. */
  async transaction<T>(work: () => Promise<T>): Promise<T> {
    const { session } = this;
    await session.run('pragma foreign_keys = off');
    try {
      await this.begin();
      try {
        const result = await work();
        await session.run('commit');
        this.pruneBackups();
        return result;
      } catch (error) {
        await this.rollBack();
        this.removeBackup();
        throw isOfDatabase(error) ? failed(error) : error;
      }
    } finally {
      await session.run('pragma foreign_keys = on; pragma legacy_alter_table = off;');
    }
  }

  async prepare(reason: string): Promise<void> {
    const { session, settings, listener } = this;
    this.counts = await countRows(session);
    this.violations = await countViolations(session);
    if (session.path === undefined || settings.backups === 0 || !holdsRows(this.counts, settings.ownTables)) return;
    const { path } = session;
    this.backup = backUp(path, reason);
    listener.onBackup?.(this.backup);
  }

  async run(migration: MigrationFile, direction: Direction, statements: () => Promise<void>): Promise<void> {
    const { session } = this;
    const triggers = await listTriggers(session);
    await statements();
    await standAgain(session, triggers, migration[direction]);
    await this.checkCounts(migration, direction);
    await this.checkForeignKeys(migration);
  }

  private async begin(): Promise<void> {
    const deadline = Date.now() + this.settings.waitSeconds * 1000;
    for (let told = false; ;) {
      try {
        await this.session.run('begin immediate');
        return;
      } catch (error) {
        if (!isBusy(error)) throw error;
        if (!told) this.listener.onWait?.();
        told = true;
        if (Date.now() > deadline)
          throw new MigrationError(
            `Another process has been writing to the database for ${this.settings.waitSeconds} seconds. Nothing was changed.`,
            { cause: error },
          );
        await sleep(50);
      }
    }
  }

  /** Some errors, such as a full disk, have rolled back already. */
  private async rollBack(): Promise<void> {
    try {
      await this.session.run('rollback');
    } catch (error) {
      if (!/no transaction is active/.test(reasonOf(error))) throw error;
    }
  }

  /** Only now: of an upgrade that fails time and again, no attempt may push out what is older. */
  private pruneBackups(): void {
    const { session, settings, backup } = this;
    if (session.path !== undefined && backup) pruneBackups(session.path, settings.backups);
  }

  /** Nothing has changed that it could be needed for. */
  private removeBackup(): void {
    if (!this.backup) return;
    rmSync(this.backup.path, { force: true });
    this.listener.onBackupRemoved?.(this.backup);
  }

  private async checkCounts(migration: MigrationFile, direction: Direction): Promise<void> {
    const after = await countRows(this.session);
    const { marked, unmarked } = compareCounts(
      this.counts ?? new Map(),
      after,
      migration.marks,
      direction,
      this.settings.journals,
    );
    if (unmarked.length > 0) {
      throw new MigrationError(
        [
          `The migration ${migration.name} would have changed rows that it does not say it changes:`,
          ...unmarked.map((change) => `  ${change}`),
          'Nothing was changed. Mend it, or mark in its file what it loses (`loses`) or changes (`changes`) on purpose.',
        ].join('\n'),
      );
    }
    if (marked.length > 0) this.listener.onLoss?.(migration.name, marked);
    this.counts = after;
  }

  private async checkForeignKeys({ name }: MigrationFile): Promise<void> {
    const violations = await countViolations(this.session);
    if (violations <= this.violations) return;
    const rows = await this.session.all<{ table: string; parent: string; rows: number }>(
      'select "table", parent, count(*) as rows from pragma_foreign_key_check group by "table", parent',
    );
    throw new MigrationError(
      [
        `The migration ${name} would have left rows that name others which are not there:`,
        ...rows.map(({ table, parent, rows: count }) => `  ${table}: ${count} to ${parent}`),
        'Nothing was changed.',
      ].join('\n'),
    );
  }
}

/** Such as a full disk, while the transaction commits. */
const failed = (cause: unknown) =>
  new MigrationError(`The database can't be written: ${reasonOf(cause)}. Nothing was changed.`, { cause });

async function countViolations(session: Session): Promise<number> {
  const [row] = await session.all<{ violations: number }>(
    'select count(*) as violations from pragma_foreign_key_check',
  );
  return row?.violations ?? 0;
}

interface Trigger {
  name: string;
  table: string;
  sql: string;
}

const listTriggers = (session: Session) =>
  session.all<Trigger>(`select name, tbl_name as "table", sql from sqlite_master where type = 'trigger'`);

/** Puts back the triggers that went with a table that was made anew, unless the migration itself drops them. */
async function standAgain(session: Session, before: readonly Trigger[], statements: readonly string[]): Promise<void> {
  const standing = new Set((await listTriggers(session)).map(({ name }) => name));
  const tables = await session.all<{ name: string }>(`select name from sqlite_master where type in ('table', 'view')`);
  const there = new Set(tables.map(({ name }) => name));
  const dropped = droppedTriggers(statements);
  const gone = before.filter(({ name, table }) => !standing.has(name) && !dropped.has(name) && there.has(table));
  for (const { name, table, sql } of gone) {
    try {
      await session.run(sql);
      await compileWrites(session, table);
    } catch (error) {
      throw new MigrationError(
        `The trigger ${quoted(name)} can't stand on the new ${table}: ${reasonOf(error)}. Nothing was changed.`,
        { cause: error },
      );
    }
  }
}

/** SQLite reads a trigger when it fires: one that names what is not there any more would stop the first write. */
async function compileWrites(session: Session, table: string): Promise<void> {
  const columns = await session.all<{ name: string }>(
    `select name from pragma_table_xinfo(${literal(table)}) where hidden = 0 and (select type from sqlite_master where name = ${literal(table)}) = 'table'`,
  );
  if (columns.length === 0) return;
  const values = columns.map(({ name }) => `${quoted(name)} = ${quoted(name)}`).join(', ');
  const name = quoted(table);
  for (const write of [`insert into ${name} default values`, `update ${name} set ${values}`, `delete from ${name}`])
    await session.all(`explain ${write}`);
}

function droppedTriggers(statements: readonly string[]): Set<string> {
  const drops = statements.flatMap((statement) => [
    ...statement.matchAll(/\bdrop\s+trigger\s+(?:if\s+exists\s+)?[`"[]?(\w+)/gi),
  ]);
  return new Set(drops.map((match) => match[1] ?? ''));
}
