import type { Backup } from './backup.js';
import type { Direction, MigrationFile } from './migration-file.js';

/** How an upgrade goes about it. */
export interface UpgradeSettings {
  /** How many backups of an SQLite file are kept; 0 makes none. */
  readonly backups: number;
  /** Seconds that a statement waits for a table that others use (PostgreSQL). */
  readonly lockSeconds: number;
  /** Seconds that a migrator waits for another one. */
  readonly waitSeconds: number;
  /** Tables that the code fills by itself. */
  readonly ownTables: readonly string[];
  /** Tables to which triggers add a row for a change of others, a migration's included: they may grow. */
  readonly journals: readonly string[];
}

/** Told how an upgrade goes. */
export interface UpgradeListener {
  /** Another migrator is at work, or another process writes. */
  onWait?(): void;
  onBackup?(backup: Backup): void;
  /** The upgrade was taken back, and the backup is the same as the database. */
  onBackupRemoved?(backup: Backup): void;
  onMigration?(migration: MigrationFile, direction: Direction): void;
  /** @param done statements of the migration that have run */
  onStatement?(migration: MigrationFile, done: number, all: number): void;
  /** What a migration took away, as its marks say; once it is committed. */
  onLoss?(name: string, losses: readonly string[]): void;
  /** Once it is committed. */
  onMigrated?(migration: MigrationFile, direction: Direction, milliseconds: number): void;
}

/** What keeps an upgrade from losing anything, for one database: everything happens, or nothing. */
export interface Upgrade {
  /** Runs work in one transaction, alone among all migrators of the database. */
  transaction<T>(work: () => Promise<T>): Promise<T>;
  /** What has to be done before the first migration. @param reason its name */
  prepare(reason: string): Promise<void>;
  /** Runs the statements of one migration, and checks what they did. */
  run(migration: MigrationFile, direction: Direction, statements: () => Promise<void>): Promise<void>;
}

/** What is told of an upgrade while it may still be taken back, and the rest, kept until it has been committed. */
export function tellOnceCommitted(listener: UpgradeListener): {
  meanwhile: UpgradeListener;
  committed: () => void;
} {
  const kept: (() => void)[] = [];
  return {
    meanwhile: {
      onWait: () => listener.onWait?.(),
      onBackup: (backup) => listener.onBackup?.(backup),
      onBackupRemoved: (backup) => listener.onBackupRemoved?.(backup),
      onMigration: (migration, direction) => listener.onMigration?.(migration, direction),
      onStatement: (migration, done, all) => listener.onStatement?.(migration, done, all),
      onLoss: (name, losses) => kept.push(() => listener.onLoss?.(name, losses)),
      onMigrated: (migration, direction, milliseconds) =>
        kept.push(() => listener.onMigrated?.(migration, direction, milliseconds)),
    },
    committed: () => kept.forEach((tell) => tell()),
  };
}
