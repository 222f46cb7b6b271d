import { MigrationError } from './migration-error.js';
import type { Direction, MigrationFile } from './migration-file.js';
import type { Session } from './session.js';
import type { Upgrade, UpgradeListener, UpgradeSettings } from './upgrade.js';

/** What all migrators of one database hold in turn; a number of PostgreSQL's advisory locks. */
const MIGRATOR_LOCK = 8_214_000;

const LOCK_NOT_AVAILABLE = '55P03';

/** The statement that makes any number of migrators work one after another. */
export const holdMigratorLock = `select pg_advisory_xact_lock(${MIGRATOR_LOCK});`;

/** The statement that gives up where a table is in use for long: everybody else would queue up behind the wait. */
export const limitLockWait = (seconds: number): string => `set local lock_timeout = '${seconds}s';`;

/**
 * The statement that lets the triggers of events run with each statement instead of at the commit: PostgreSQL changes no
 * table for which a trigger waits.
 */
export const runTriggersAtOnce = 'set constraints all immediate;';

/** An upgrade of a PostgreSQL database, which takes back a change of the schema like any other. */
export class PostgresqlUpgrade implements Upgrade {
  constructor(
    private readonly session: Session,
    private readonly settings: UpgradeSettings,
    private readonly listener: UpgradeListener,
  ) {}

  async transaction<T>(work: () => Promise<T>): Promise<T> {
    const { session } = this;
    await session.run('begin');
    let isAlone = false;
    try {
      await this.waitForOthers();
      isAlone = true;
      await session.run(
        `set local statement_timeout = 0; ${limitLockWait(this.settings.lockSeconds)} ${runTriggersAtOnce}`,
      );
      const result = await work();
      await session.run('commit');
      return result;
    } catch (error) {
      await this.rollBack();
      throw isAlone && isLockTimeout(error) ? this.tooLongLocked(error) : error;
    }
  }

  /** There is no file to copy: backups of a server are its operator's. */
  async prepare(): Promise<void> {}

  async run(_migration: MigrationFile, _direction: Direction, statements: () => Promise<void>): Promise<void> {
    await statements();
  }

  private async waitForOthers(): Promise<void> {
    const { session, settings, listener } = this;
    const [row] = await session.all<{ held: boolean }>(`select pg_try_advisory_xact_lock(${MIGRATOR_LOCK}) as held`);
    if (row?.held === true) return;
    listener.onWait?.();
    try {
      await session.run(`set local statement_timeout = 0; ${limitLockWait(settings.waitSeconds)} ${holdMigratorLock}`);
    } catch (error) {
      if (!isLockTimeout(error)) throw error;
      throw new MigrationError(
        `Another migrator has been at work for ${settings.waitSeconds} seconds. Nothing was changed.`,
        { cause: error },
      );
    }
  }

  /** Where the connection is gone, the server rolls back by itself. */
  private async rollBack(): Promise<void> {
    await this.session.run('rollback').catch(() => undefined);
  }

  private tooLongLocked(cause: unknown): MigrationError {
    return new MigrationError(
      `A table has been in use by other transactions for ${this.settings.lockSeconds} seconds. Nothing was changed: ` +
        'try again at a quieter time, or set MIGRATION_LOCK_SECONDS to wait longer.',
      { cause },
    );
  }
}

function isLockTimeout(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if ((cause as { code?: unknown }).code === LOCK_NOT_AVAILABLE) return true;
  return false;
}
