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
}

/** Told how an upgrade goes. */
export interface UpgradeListener {
  /** Another migrator is at work, or another process writes. */
  onWait?(): void;
  onBackup?(backup: Backup): void;
  onMigration?(migration: MigrationFile, direction: Direction): void;
  /** @param done statements of the migration that have run */
  onStatement?(migration: MigrationFile, done: number, all: number): void;
  /** What a migration took away, as its marks say. */
  onLoss?(name: string, losses: readonly string[]): void;
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
