import type { Database } from '../database/database.js';
import type { SqlText } from '../database/statements.js';

/** How far a consumer of the events is behind. */
export interface OutboxLag {
  readonly consumer: string;
  /** Events written since the last one that it has; those pruned meanwhile included. */
  readonly events: number;
  /** Of the oldest that it does not have yet; 0 where it has all. */
  readonly ageSeconds: number;
}

const LAG = `from (
    select name, coalesce((select max(id) from events), 0) - last_event_id as behind,
      (select occurred_at from events where id > last_event_id order by id limit 1) as oldest
    from event_consumers order by name
  ) as lag`;

/** The same texts at each run, so that they stay prepared. What is read is found by index, however many events there are. */
const STATEMENTS: Readonly<Record<Database['dialect']['kind'], SqlText>> = {
  sqlite: {
    sql: `select json_group_array(json_object('name', name, 'behind', behind, 'oldest', oldest)) ${LAG}`,
  },
  postgresql: {
    sql: `select json_agg(json_build_object('name', name, 'behind', behind, 'oldest', extract(epoch from oldest) * 1000)) ${LAG}`,
  },
};

/** How far each consumer is behind, by name. */
export async function readOutboxLag(database: Database): Promise<OutboxLag[]> {
  const answer = await database.answer({ statement: STATEMENTS[database.dialect.kind], values: [] });
  const rows = (JSON.parse(answer) ?? []) as { name: string; behind: number; oldest: number | null }[];
  return rows.map(({ name, behind, oldest }) => ({
    consumer: name,
    events: Math.max(0, behind),
    ageSeconds: oldest === null ? 0 : Math.max(0, (Date.now() - oldest) / 1000),
  }));
}
