import type { QueryConfig, QueryResult } from 'pg';
import { RateLimiterMemory, RateLimiterPostgres } from 'rate-limiter-flexible';
import type { Database } from '../database/database.js';
import type { SchemaObjects } from '../database/schema-objects.js';
import { UnavailableError } from '../errors.js';
import { SECOND } from '../shared/durations.js';
import type { CreateLimiter } from './limiters.js';

const TABLE = 'rate_limits';

/**
 * What clients have used of their limits, for all processes on one PostgreSQL database. The columns are those that
 * rate-limiter-flexible reads and writes; `expire` is in milliseconds since 1970.
 *
 * Unlogged: nothing is written twice for it, and after a crash or a failover it is empty, which gives clients a new window
 * once.
 */
export const sharedLimitObjects: SchemaObjects = {
  sqlite: [],
  postgresql: [
    {
      name: TABLE,
      create: `create unlogged table ${TABLE} (key text collate "C" primary key, points int not null, expire bigint not null)`,
      drop: `drop table ${TABLE}`,
    },
    {
      name: `${TABLE}_expire_index`,
      on: TABLE,
      create: `create index ${TABLE}_expire_index on ${TABLE} (expire)`,
      drop: `drop index ${TABLE}_expire_index`,
    },
  ],
};

/** How much a client has used of a limit, with all processes together. */
export interface Used {
  readonly client: string;
  readonly points: number;
  /** Until the next window begins, by the database's clock. */
  readonly millisecondsLeft: number;
}

const NOW = '(extract(epoch from clock_timestamp()) * 1000)::bigint';

/** In the order of the keys, so that two processes that add to the same ones don't wait for each other. */
const ADD = `insert into ${TABLE} as known (key, points, expire)
  select $1::text || ':' || client, points, ${NOW} + $4::bigint from unnest($2::text[], $3::int[]) as given (client, points) order by 1
  on conflict (key) do update set
    points = excluded.points + case when known.expire > ${NOW} then known.points else 0 end,
    expire = case when known.expire > ${NOW} then known.expire else excluded.expire end
  returning substr(key, length($1::text) + 2) as client, points, greatest(expire - ${NOW}, 1)::int as "millisecondsLeft"`;

/** A few at a time, and none that somebody uses at this moment. */
const PRUNE = `delete from ${TABLE} where key in (
  select key from ${TABLE} where expire < ${NOW} order by expire limit 10000 for update skip locked)`;

const PRUNE_EVERY = 60 * SECOND;

/** How long a database that has failed is not asked again: who signs in meanwhile does not wait for it time after time. */
const PAUSE = SECOND;

/** Counts that the processes on one PostgreSQL database have in common. Without it, each process counts for itself. */
export class SharedLimits {
  private awayUntil = 0;
  private readonly pruning: NodeJS.Timeout;

  constructor(private readonly database: Pick<Database, 'query'>) {
    this.pruning = setInterval(() => void this.query({ text: PRUNE }).catch(() => undefined), PRUNE_EVERY).unref();
  }

  /** A limiter that asks the database at each step; while that is away, this process counts. */
  readonly limiter: CreateLimiter = (name, limit) =>
    new RateLimiterPostgres({
      ...limit,
      keyPrefix: name,
      tableName: TABLE,
      // A migration makes it, and rows are pruned here.
      tableCreated: true,
      clearExpiredByTimeout: false,
      storeType: 'pool',
      storeClient: { query: ({ text, values }: QueryConfig) => this.query({ text, values }) },
      insuranceLimiter: new RateLimiterMemory({ ...limit, keyPrefix: name }),
    });

  /** Adds what clients have used, by one statement for all of them. @returns what that makes with the other processes */
  async add(name: string, used: ReadonlyMap<string, number>, seconds: number): Promise<readonly Used[]> {
    const values = [name, [...used.keys()], [...used.values()], seconds * SECOND];
    const { rows } = await this.query<Used>({ text: ADD, values });
    return rows;
  }

  stop(): void {
    clearInterval(this.pruning);
  }

  private async query<Row>(query: QueryConfig): Promise<QueryResult<Row & object>> {
    if (performance.now() < this.awayUntil) throw new UnavailableError();
    try {
      return await this.database.query<Row & object>(query);
    } catch (error) {
      this.awayUntil = performance.now() + PAUSE;
      throw error;
    }
  }
}
