import { chmodSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { openReader } from '../database/sqlite.js';
import { MigrationError } from './migration-error.js';
import { literal, reasonOf } from './sql-text.js';

/** A copy of a database file from before an upgrade. */
export interface Backup {
  readonly path: string;
  readonly bytes: number;
}

/** It holds users, and the hashes of their passwords. */
const OWNER_ONLY = 0o600;

/**
 * Copies what an SQLite file holds into one of its own beside it, by a second connection: it sees what is committed,
 * which is what was there before the transaction that the caller has open.
 * @throws MigrationError where it can't be written; what was written of it is removed
 */
export function backUp(path: string, reason: string, now = new Date()): Backup {
  const stamp = now.toISOString().replace(/[-:]/g, '').replace('.', '').replace('Z', '');
  const backup = `${path}.${stamp}-before-${reason}.backup`;
  const reader = openReader(path);
  try {
    reader.exec(`vacuum into ${literal(backup)}`);
    chmodSync(backup, OWNER_ONLY);
  } catch (error) {
    rmSync(backup, { force: true });
    throw new MigrationError(
      `No backup of ${path} can be written beside it: ${reasonOf(error)}. Nothing was changed. ` +
        'Make room, or set MIGRATION_BACKUPS=0 to go without one.',
      { cause: error },
    );
  } finally {
    reader.close();
  }
  return { path: backup, bytes: statSync(backup).size };
}

/** Removes all but the newest backups of a database file. @returns the removed ones' paths */
export function pruneBackups(path: string, keep: number): string[] {
  const backups = readdirSync(dirname(path)).filter(
    (file) => file.startsWith(`${basename(path)}.`) && /\.\d{8}T\d{9}-before-.+\.backup$/.test(file),
  );
  const old = backups.toSorted().toReversed().slice(keep);
  for (const file of old) rmSync(join(dirname(path), file));
  return old.map((file) => join(dirname(path), file));
}
