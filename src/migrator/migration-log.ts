import type { MigrationFile } from './migration-file.js';
import type { Session } from './session.js';
import { type DatabaseKind, literal } from './sql-text.js';

/** The table in which a database keeps which migrations it has seen; MikroORM's own, with two columns more. */
export const LOG_TABLE = 'mikro_orm_migrations';

/** A migration that a database has seen. */
export interface AppliedMigration {
  readonly name: string;
  readonly appliedAt: Date;
  /** Of the file that was applied; null where nobody noted it. */
  readonly checksum: string | null;
  /** How long it took; null where it was not run by the migrator itself. */
  readonly milliseconds: number | null;
}

/** When a migration was applied, as RFC 3339 in UTC. */
const INSTANT: Readonly<Record<DatabaseKind, string>> = {
  sqlite: "strftime('%Y-%m-%dT%H:%M:%fZ', executed_at)",
  postgresql: `to_char(executed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
};

/** The statements that make the table where it is missing. */
export function createLogSql(kind: DatabaseKind): string {
  const columns =
    kind === 'sqlite'
      ? 'id integer not null primary key autoincrement, name text null, executed_at datetime null default current_timestamp'
      : 'id serial primary key, name varchar(255) null, executed_at timestamptz(6) null default current_timestamp';
  return `create table if not exists ${LOG_TABLE} (${columns}, checksum text null, duration_ms integer null);`;
}

/** Makes the table, or adds to one that MikroORM's own migrator has made. */
export async function ensureLog(session: Session): Promise<void> {
  await session.run(createLogSql(session.kind));
  const columns = new Set(await columnsOfLog(session));
  if (!columns.has('checksum')) await session.run(`alter table ${LOG_TABLE} add column checksum text null`);
  if (!columns.has('duration_ms')) await session.run(`alter table ${LOG_TABLE} add column duration_ms integer null`);
}

/** What the database has seen, in the order in which it happened; nothing where it has no such table. */
export async function readLog(session: Session): Promise<AppliedMigration[]> {
  const columns = new Set(await columnsOfLog(session));
  if (columns.size === 0) return [];
  const checksum = columns.has('checksum') ? 'checksum' : 'null as checksum';
  const milliseconds = columns.has('duration_ms') ? 'duration_ms' : 'null as duration_ms';
  const rows = await session.all<LogRow>(
    `select name, ${INSTANT[session.kind]} as applied_at, ${checksum}, ${milliseconds} from ${LOG_TABLE} order by id`,
  );
  return rows.map((row) => ({
    name: row.name.replace(/\.[jt]s$/, ''),
    appliedAt: new Date(row.applied_at),
    checksum: row.checksum,
    milliseconds: row.duration_ms,
  }));
}

interface LogRow {
  name: string;
  applied_at: string;
  checksum: string | null;
  duration_ms: number | null;
}

/** The statement that notes a migration as applied. */
export function noteApplied(
  { name, checksum }: Pick<MigrationFile, 'name' | 'checksum'>,
  milliseconds?: number,
): string {
  const duration = milliseconds === undefined ? 'null' : Math.round(milliseconds);
  return `insert into ${LOG_TABLE} (name, checksum, duration_ms) values (${literal(name)}, ${literal(checksum)}, ${duration});`;
}

/** The statement that notes a migration as not applied. */
export const noteReverted = (name: string): string => `delete from ${LOG_TABLE} where ${isNamed(name)};`;

/** The statement that notes one that was applied as its file is now. */
export const noteFile = ({ name, checksum }: Pick<MigrationFile, 'name' | 'checksum'>): string =>
  `update ${LOG_TABLE} set name = ${literal(name)}, checksum = ${literal(checksum)} where ${isNamed(name)};`;

/** The statement that notes the checksum of one that was applied when nobody noted it. */
export const noteChecksum = (file: Pick<MigrationFile, 'name' | 'checksum'>): string =>
  noteFile(file).replace(/;$/, ' and checksum is null;');

/** MikroORM's own migrator may have noted the file with its ending. */
const isNamed = (name: string) => `name in (${[name, `${name}.js`, `${name}.ts`].map(literal).join(', ')})`;

async function columnsOfLog(session: Session): Promise<string[]> {
  const rows = await session.all<{ name: string }>(
    session.kind === 'sqlite'
      ? `select name from pragma_table_info(${literal(LOG_TABLE)})`
      : `select attname as name from pg_attribute where attrelid = to_regclass(${literal(LOG_TABLE)}) and attnum > 0 and not attisdropped`,
  );
  return rows.map(({ name }) => name);
}
