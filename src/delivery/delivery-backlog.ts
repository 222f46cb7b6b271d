import type { Database } from '../database/database.js';
import type { SqlText } from '../database/statements.js';

/** Deliveries that are not made. */
export interface DeliveryBacklog {
  /** To be tried, for the first time or again. */
  readonly waiting: number;
  /** Given up. */
  readonly dead: number;
}

/** Counted by the index of states: those that were made, which are many, are not looked at. */
const COUNTS = `(select count(*) from deliveries where state = 'PENDING') as waiting,
  (select count(*) from deliveries where state = 'DEAD') as dead`;

const STATEMENTS: Readonly<Record<Database['dialect']['kind'], SqlText>> = {
  sqlite: { sql: `select json_object('waiting', waiting, 'dead', dead) from (select ${COUNTS}) as counts` },
  postgresql: { sql: `select row_to_json(counts) from (select ${COUNTS}) as counts` },
};

export async function readDeliveryBacklog(database: Database): Promise<DeliveryBacklog> {
  const answer = await database.answer({ statement: STATEMENTS[database.dialect.kind], values: [] });
  return JSON.parse(answer) as DeliveryBacklog;
}
