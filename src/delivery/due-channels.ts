import { sql } from 'kysely';
import type { Database } from '../database/database.js';
import type { Dialect } from '../database/dialect.js';
import { Slot } from '../database/param.js';
import type { SqlText } from '../database/statements.js';
import { DeliveryState } from './delivery.entity.js';

/** A channel that nobody serves, and what there is to do. */
export interface IdleChannel {
  readonly name: string;
  /** Whether there are events that it has not been told of. */
  readonly isBehind: boolean;
  /** When its next message is due. */
  readonly dueAt: Date | undefined;
}

/** Reads which channels nobody serves: one statement that looks up a row or two of each, and writes nothing. */
export function idleChannelsReader(database: Database): (now: Date) => Promise<IdleChannel[]> {
  const statement = idleChannelsStatement(database.dialect);
  return async (now) => {
    const answer = await database.answer({ statement, values: [database.dialect.toDriver(now, 'instant')] });
    const rows = JSON.parse(answer) as {
      name: string;
      isBehind: boolean;
      nextAt: string | null;
      overAt: string | null;
    }[];
    return rows.map(({ name, isBehind, nextAt, overAt }) => ({ name, isBehind, dueAt: earliest(nextAt, overAt) }));
  };
}

function earliest(...instants: (string | null)[]): Date | undefined {
  const [first] = instants.filter((instant) => instant !== null).toSorted();
  return first === undefined ? undefined : new Date(first);
}

function idleChannelsStatement(dialect: Dialect): SqlText {
  const now = dialect.bind(new Slot(() => undefined), 'instant');
  const first = (state: DeliveryState, order: string) =>
    dialect.jsonInstant(
      sql`(select next_attempt_at from deliveries where deliveries.channel = c.name and state = ${sql.lit(state)} order by ${sql.raw(order)} limit 1)`,
    );
  const channel = dialect.jsonObject([
    ['name', sql.ref('c.name')],
    ['isBehind', dialect.jsonBoolean(sql`exists (select 1 from events where events.id > k.last_event_id)`)],
    ['nextAt', first(DeliveryState.PENDING, 'id')],
    ['overAt', first(DeliveryState.GATHERING, 'next_attempt_at')],
  ]);
  const { sql: text } =
    sql`select ${dialect.jsonArrayOf(channel)} as answer from delivery_channels as c join event_consumers as k on k.name = c.name
    where c.leased_until is null or c.leased_until <= ${now}`.compile(dialect.kysely);
  return { sql: text };
}
