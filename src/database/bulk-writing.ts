import type { SqlEntityManager } from '@mikro-orm/postgresql';
import type { Database } from './database.js';
import { LogMoving } from './log-moving.js';
import type { WritingConnection } from './sqlite.js';

/** In KiB: every index of a large table is written all over, and pages that don't fit are written and read again. Twice of it saves nothing. */
const CACHE = 32_768;

/**
 * Does work that commits much, again and again. SQLite has more of a cache from then on, in which it also keeps what takes
 * a batch back, and commits don't wait for the log to be moved into the file.
 * @param work is told what to await behind each commit
 */
export async function writingMuch<T>(
  { dialect, orm }: Pick<Database, 'dialect' | 'orm'>,
  work: (committed: () => Promise<void>) => Promise<T>,
): Promise<T> {
  if (dialect.kind !== 'sqlite') return work(async () => undefined);
  const { file } = (orm.em as SqlEntityManager).getConnection() as unknown as WritingConnection;
  file.pragma(`cache_size = -${CACHE}`);
  const log = new LogMoving(file);
  try {
    return await work(() => log.committed());
  } finally {
    await log.end();
  }
}
