import { Client } from 'pg';
import type { Config, ReplicaConfig } from '../config.js';
import { LAG } from '../database/replicas.js';
import { readLog } from '../migrator/migration-log.js';
import type { Session } from '../migrator/session.js';
import { reasonOf } from '../migrator/sql-text.js';
import { type Finding, ok, problem, warning } from './finding.js';

const LONGEST_LOOK_MS = 5000;

/** What a server says of itself; `system` tells copies of one database from others. */
const STATE = `select pg_is_in_recovery() as is_standby, ${LAG} as lag,
  (select system_identifier::text from pg_control_system()) as system`;

interface ReplicaState {
  is_standby: boolean;
  /** Seconds; null where nothing is received. */
  lag: number | null;
  system: string;
}

/**
 * Whether each configured replica is a copy of the database, and up to date.
 * @param primary a session on the database itself
 */
export async function checkReplicas({ database }: Config, primary: Session): Promise<Finding[]> {
  if (database.kind !== 'postgresql' || !database.replicas) return [];
  const { replicas } = database;
  const [own] = await primary.all<ReplicaState>(STATE);
  const applied = namesOf(await readLog(primary));
  return Promise.all(replicas.urls.map((url) => checkReplica(url, replicas, own?.system, applied)));
}

async function checkReplica(
  url: string,
  settings: ReplicaConfig,
  system: string | undefined,
  applied: readonly string[],
): Promise<Finding> {
  const check = `replica ${new URL(url).host}`;
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: LONGEST_LOOK_MS,
    query_timeout: LONGEST_LOOK_MS,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const session = sessionOf(client);
    const [state] = await session.all<ReplicaState>(STATE);
    const there = new Set(namesOf(await readLog(session)));
    const missing = applied.filter((name) => !there.has(name));
    return judge(check, state as ReplicaState, settings, system, missing);
  } catch (error) {
    const advice = 'The primary answers in its place; look at DATABASE_REPLICA_URLS, and at the server.';
    return warning(check, `It can't be asked: ${reasonOf(error)}.`, advice);
  } finally {
    await client.end().catch(() => undefined);
  }
}

function judge(
  check: string,
  { is_standby: isStandby, lag, system: itsSystem }: ReplicaState,
  { maxLagSeconds }: ReplicaConfig,
  system: string | undefined,
  missing: readonly string[],
): Finding {
  if (itsSystem !== system && isStandby) {
    const advice = 'Make it anew from the primary (pg_basebackup), or take it out of DATABASE_REPLICA_URLS.';
    return problem(check, 'It is a standby of another server than DATABASE_URL names.', advice);
  }
  if (missing.length > 0) {
    const message = `It lacks ${missing.length} migrations that the primary has: ${missing.join(', ')}.`;
    return problem(check, message, 'Where it is a standby it comes to them; else apply them there, too.');
  }
  if (!isStandby) {
    const advice = 'Let it be a streaming standby, unless something else keeps it a copy.';
    return warning(check, 'It is no standby: nobody can tell whether what it answers is up to date.', advice);
  }
  if (lag === null)
    return warning(check, 'It receives nothing from the primary, and is left out.', 'Look at its primary_conninfo.');
  if (lag > maxLagSeconds) {
    const message = `It is ${Math.round(lag)} s behind, and is left out from ${maxLagSeconds} s on.`;
    return warning(check, message, 'Look at what holds up its replay: long queries there, or the network.');
  }
  return ok(check, `a standby, ${lag.toFixed(1)} s behind`);
}

const namesOf = (log: readonly { readonly name: string }[]) => log.map(({ name }) => name);

const sessionOf = (client: Client): Session => ({
  kind: 'postgresql',
  run: async (sql) => void (await client.query(sql)),
  all: async <Row>(sql: string) => (await client.query(sql)).rows as Row[],
});
