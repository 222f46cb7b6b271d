import { Pool, type QueryConfig } from 'pg';
import type { ReplicaConfig } from '../config.js';
import { prepareConnections } from './postgresql.js';
import { Silence } from './postgresql-silence.js';
import type { StatementListener } from './statement-listener.js';
import { limitStatements } from './time-limit.js';

/** How often each replica is looked at, and how long it is waited for. */
const LOOK_MS = 1000;
const LONGEST_LOOK_MS = 2000;

/**
 * Seconds that what a standby answers is old; null where that is not known, as of one that receives nothing any more. A
 * server that is no standby is not behind by this measure.
 */
export const LAG = `(case
    when not pg_is_in_recovery() then 0
    when not exists (select from pg_stat_wal_receiver where pid is not null) then null
    when pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() then 0
    else extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp()) end::float8)`;

const LOOK: QueryConfig & { query_timeout: number } = { text: `select ${LAG} as lag`, query_timeout: LONGEST_LOOK_MS };

interface Replica {
  readonly name: string;
  readonly pool: Pool;
  readonly silence: Silence;
  isUsable: boolean;
}

/** Copies of the database that answer reads which may be a moment old. One that is gone or too far behind is left out. */
export class Replicas {
  private readonly all: readonly Replica[];
  private readonly timer: NodeJS.Timeout;
  private turn = 0;
  private isLooking = false;

  private constructor(
    private readonly settings: ReplicaConfig,
    private readonly log: (message: string) => void,
    onStatement: StatementListener | undefined,
  ) {
    this.all = settings.urls.map((url) => {
      const pool = new Pool({
        connectionString: url,
        max: settings.poolSize,
        connectionTimeoutMillis: LONGEST_LOOK_MS,
      });
      // Of a connection that breaks, whoever uses it is told, and the next look finds out; unheard, it ends the process.
      pool.on('error', () => undefined);
      pool.on('connect', (client) => client.on('error', () => undefined));
      prepareConnections(pool, onStatement);
      const name = new URL(url).host;
      const silence = new Silence(pool, `The replica ${name}`, this.log);
      return { name, pool, silence, isUsable: false };
    });
    this.timer = setInterval(() => void this.lookUnlessLooking(), LOOK_MS).unref();
  }

  /** Looks at each once: those that answer are used from the beginning. */
  static async open(
    config: ReplicaConfig,
    log: (message: string) => void,
    onStatement?: StatementListener,
  ): Promise<Replicas> {
    const replicas = new Replicas(config, log, onStatement);
    await replicas.look();
    return replicas;
  }

  /** The next one in turn; undefined where only the primary can answer. */
  next(): Pool | undefined {
    for (let tried = 0; tried < this.all.length; tried += 1) {
      this.turn = (this.turn + 1) % this.all.length;
      const replica = this.all[this.turn];
      if (replica?.isUsable) return replica.pool;
    }
    return undefined;
  }

  /** Leaves one out that has failed, until a look finds that it answers again. */
  leaveOut(pool: Pool): void {
    const replica = this.all.find((each) => each.pool === pool);
    if (replica) this.note(replica, 'failed');
  }

  /** Ends each statement from now on after so many milliseconds. */
  limitStatements(milliseconds: number): void {
    for (const { pool } of this.all) limitStatements(pool, milliseconds);
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    for (const { silence } of this.all) silence.stop();
    await Promise.all(this.all.map(({ pool }) => pool.end()));
  }

  private async lookUnlessLooking(): Promise<void> {
    if (this.isLooking) return;
    this.isLooking = true;
    await this.look().finally(() => (this.isLooking = false));
  }

  private async look(): Promise<void> {
    await Promise.all(this.all.map(async (replica) => this.note(replica, await this.reasonAgainst(replica))));
  }

  private async reasonAgainst({ pool }: Replica): Promise<string | undefined> {
    try {
      const { rows } = await pool.query<{ lag: number | null }>(LOOK);
      const lag = rows[0]?.lag ?? null;
      if (lag === null) return 'receives nothing from the primary';
      return lag > this.settings.maxLagSeconds ? `is ${Math.round(lag)} seconds behind` : undefined;
    } catch (error) {
      return `does not answer: ${(error as Error).message}`;
    }
  }

  private note(replica: Replica, reason: string | undefined): void {
    const isUsable = reason === undefined;
    if (replica.isUsable === isUsable) return;
    replica.isUsable = isUsable;
    this.log(`[replica] ${replica.name} ${isUsable ? 'answers reads' : `is left out: it ${reason}`}`);
  }
}
