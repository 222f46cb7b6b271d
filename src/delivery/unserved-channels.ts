import { sql } from 'kysely';
import { boundSql } from '../database/bound-query.js';
import type { Database } from '../database/database.js';
import { unitOfWork } from '../database/unit-of-work.js';
import type { ChannelSource } from './channel.js';
import { pauseChannel } from './channel.writes.js';
import { HOUR } from '../shared/durations.js';

/**
 * Pauses channels that are configured nowhere any more: whose events have waited for longer than a message is tried, and
 * which this process does not serve either. They would keep the outbox from being pruned for ever.
 * @returns their names
 */
export function pauseUnserved(
  database: Database,
  { serves }: ChannelSource,
  giveUpHours: number,
  now = new Date(),
): Promise<string[]> {
  const { dialect } = database;
  const longAgo = dialect.toDriver(new Date(now.getTime() - giveUpHours * HOUR), 'instant');
  return unitOfWork(database, async (em) => {
    const waiting = await boundSql<{ name: string }>(
      em,
      dialect,
      sql`select c.name as "name" from delivery_channels as c join event_consumers as k on k.name = c.name
        where (select occurred_at from events where events.id > k.last_event_id order by events.id limit 1) < ${dialect.bind(longAgo, 'instant')}`,
    );
    const unserved = waiting.map(({ name }) => name).filter((name) => !serves(name));
    for (const name of unserved) await pauseChannel(em, name);
    return unserved;
  });
}
