import type { Config } from '../config.js';
import type { Session } from '../migrator/session.js';
import { type Finding, ok, problem, warning } from './finding.js';

/** The oldest PostgreSQL that the service is tested on. */
const OLDEST_POSTGRESQL = 150_000;

const MOST_CLOCK_SECONDS = 2;

/** What the database says of itself. */
export function checkServer(session: Session, { database }: Config): Promise<Finding[]> {
  return database.kind === 'postgresql' ? checkPostgresql(session, database.poolSize) : checkSqlite(session);
}

async function checkSqlite(session: Session): Promise<Finding[]> {
  const [row] = await session.all<{ version: string }>('select sqlite_version() as version');
  return [ok('database', `SQLite ${row?.version} answers`)];
}

interface ServerState {
  version: string;
  version_number: number;
  encoding: string;
  connections: number;
  is_standby: boolean;
}

async function checkPostgresql(session: Session, poolSize: number): Promise<Finding[]> {
  const [server] = await session.all<ServerState>(
    `select current_setting('server_version') as version, current_setting('server_version_num')::int as version_number,
      current_setting('server_encoding') as encoding, pg_is_in_recovery() as is_standby,
      current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int as connections`,
  );
  return server ? [...serverFindings(server, poolSize), await checkClock(session)] : [];
}

function serverFindings(server: ServerState, poolSize: number): Finding[] {
  const findings = [ok('database', `PostgreSQL ${server.version} answers`)];
  if (server.version_number < OLDEST_POSTGRESQL) {
    findings.push(warning('version', `PostgreSQL ${server.version} is not tested with.`, 'Use version 15 or newer.'));
  }
  if (server.encoding !== 'UTF8') {
    const advice = 'Make the database anew with `encoding UTF8`, by export and import.';
    findings.push(problem('encoding', `The database's encoding is ${server.encoding}.`, advice));
  }
  if (server.is_standby) {
    findings.push(
      problem('standby', 'The server is a standby: nothing can be written.', 'Name the primary in DATABASE_URL.'),
    );
  }
  if (poolSize > server.connections) {
    const message = `The server takes ${server.connections} connections, DATABASE_POOL_SIZE is ${poolSize}.`;
    findings.push(
      problem('connections', message, 'Lower DATABASE_POOL_SIZE: every process of the service has as many.'),
    );
  }
  return findings;
}

/** Sessions and tokens end by the process's clock, others are counted by the database's. */
async function checkClock(session: Session): Promise<Finding> {
  const before = Date.now();
  const [row] = await session.all<{ now: string }>('select extract(epoch from clock_timestamp())::text as now');
  const here = (before + Date.now()) / 2000;
  const seconds = Math.abs(Number(row?.now) - here);
  const text = `${seconds.toFixed(1)} s apart from the database's`;
  if (seconds <= MOST_CLOCK_SECONDS) return ok('clock', text);
  return warning('clock', `This machine's clock is ${text}.`, 'Let both machines set their clocks by NTP.');
}
