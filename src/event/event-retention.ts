import { sql } from 'kysely';
import type { Logger } from 'pino';
import { boundSql } from '../database/bound-query.js';
import type { Database } from '../database/database.js';
import { unitOfWork } from '../database/unit-of-work.js';
import { DAY, HOUR } from '../shared/durations.js';

/** Events that one transaction deletes: nobody waits for it long. */
const STEP = 500;

/**
 * Deletes the events that are older than so many days, a few at a time, and none that a consumer has still to get.
 * @param days 0 keeps all
 * @returns how many
 */
export async function pruneEvents(database: Database, days: number, now = new Date()): Promise<number> {
  if (days === 0) return 0;
  const before = new Date(now.getTime() - days * DAY);
  for (let pruned = 0; ;) {
    const step = await pruneStep(database, before);
    pruned += step;
    if (step < STEP) return pruned;
  }
}

async function pruneStep(database: Database, before: Date): Promise<number> {
  const { dialect } = database;
  const isOld = sql`occurred_at < ${dialect.bind(dialect.toDriver(before, 'instant'), 'instant')}`;
  const isDelivered = sql`id <= coalesce((select min(last_event_id) from event_consumers), id)`;
  // Of several processes that prune at once, each takes others.
  const lock = dialect.kind === 'postgresql' ? sql`for update skip locked` : sql``;
  const old = sql`select id from events where ${isOld} and ${isDelivered} order by occurred_at, id limit ${sql.lit(STEP)} ${lock}`;
  return unitOfWork(database, async (em) => {
    const rows = await boundSql<{ id: number | string }>(em, dialect, old);
    const ids = dialect.toDriverList(rows.map(({ id }) => Number(id)));
    if (rows.length > 0)
      await boundSql(em, dialect, sql`delete from events where ${dialect.isIn(sql.ref('id'), ids, 'bigint')}`);
    return rows.length;
  });
}

/** Prunes now and every hour. @returns what ends that, when the step at hand is done */
export function keepPruning(database: Database, days: number, log: Logger): () => Promise<void> {
  const prune = () =>
    pruneEvents(database, days).then(
      (pruned) => pruned > 0 && log.info({ pruned }, 'Events that were older than EVENT_RETENTION_DAYS are gone'),
      (error: unknown) => log.warn({ err: error }, 'Old events could not be pruned; the next try is in an hour'),
    );
  let running: Promise<unknown> = days === 0 ? Promise.resolve() : prune();
  const timer = setInterval(() => {
    running = prune();
  }, HOUR);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}
