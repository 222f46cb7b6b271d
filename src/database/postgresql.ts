import type {
  ClientBase,
  CustomTypesConfig,
  Pool,
  PoolClient,
  QueryArrayConfig,
  QueryConfig,
  QueryResult,
  Submittable,
} from 'pg';
import { literal } from '../migrator/sql-text.js';
import { type Author, currentAuthor } from './author.js';
import { Batch } from './postgresql-batch.js';
import { onLiveConnection, releasing, setOnConnections } from './postgresql-connections.js';
import { isPlannedOnce, keepNames, StatementNames } from './prepared-statements.js';
import { listenedAsync, type StatementListener } from './statement-listener.js';
import type { Proof } from './proof.js';
import type { BoundStatement, SqlText } from './statements.js';
import { type Deadline, untilDeadline } from './time-limit.js';

/** Values as the server wrote them. */
const AS_TEXT = { getTypeParser: () => (text: string) => text } as unknown as CustomTypesConfig;

/** A query for the one answer of a compiler's statement, as text. */
export const answerQuery = ({ statement, values }: BoundStatement): QueryArrayConfig => ({
  text: statement.sql,
  values,
  rowMode: 'array',
  types: AS_TEXT,
});

/** The one answer of a statement of the compiler's, on a connection of the pool; undefined where there is no row. */
export const answerFromPool = (pool: Pool, bound: BoundStatement, deadline: Deadline): Promise<unknown> =>
  onLiveConnection(pool, (client) => answerFrom(client, bound, deadline));

async function answerFrom(client: PoolClient, bound: BoundStatement, deadline: Deadline): Promise<unknown> {
  const run = () => client.query<[string | null]>(answerQuery(bound));
  const { rows } = await releasing(client, () => untilDeadline(client, deadline, run));
  return rows[0]?.[0];
}

/** Runs a statement by itself on a connection of the pool. */
export const queryFromPool = <Row extends object>(pool: Pool, query: QueryConfig): Promise<QueryResult<Row>> =>
  onLiveConnection(pool, (client) => releasing(client, () => client.query<Row>(query)));

/**
 * Lets no statement start processes of its own. That costs 10 ms and more, and pays where all of a table is read, which no
 * statement does; but the planner takes looks into an index of words for dear enough.
 */
const WITHOUT_WORKERS = 'max_parallel_workers_per_gather = 0';

/** What a connection of the driver's keeps of its named statements; only its type is not public. */
interface DriverConnection {
  readonly connection: {
    readonly parsedStatements: Record<string, unknown>;
    /** May be sent at any time, and is no error where there is none of the name. */
    close(statement: { type: 'S'; name: string }): void;
  };
}

/**
 * Lets each connection of a pool prepare the statements with bound values that it runs, and keep the latest: PostgreSQL
 * parses and plans them once instead of at each run, and with no other process to help. And each transaction that it begins says whose it is.
 * @see https://node-postgres.com/features/queries#prepared-statements
 */
export function prepareConnections(pool: Pool, listener?: StatementListener): void {
  setOnConnections(pool, WITHOUT_WORKERS);
  const seen = new WeakSet<ClientBase>();
  pool.on('acquire', (client) => {
    if (seen.has(client)) return;
    seen.add(client);
    wrapQueries(client, listener);
  });
}

function wrapQueries(client: ClientBase, listener: StatementListener | undefined): void {
  const query = client.query.bind(client) as (...args: unknown[]) => unknown;
  const { connection } = client as unknown as DriverConnection;
  const names = new StatementNames((name) => {
    delete connection.parsedStatements[name];
    connection.close({ type: 'S', name });
  });
  keepNames(client, names);
  client.query = ((given: string | QueryConfig | Submittable, values?: unknown[], ...rest: unknown[]) => {
    const author = given === BEGIN ? currentAuthor() : undefined;
    if (author) return listenedAsync(listener, BEGIN, () => query(beginOf(author)));
    // Its statements are told of by who asks for them.
    if (given instanceof Batch) return query(given);
    const config = typeof given === 'string' ? { text: given, values } : given;
    const isNamed = !('submit' in config) && isWorthPreparing(config);
    const run = () => query(isNamed ? { ...config, name: names.of(config.text) } : given, values, ...rest);
    return listenedAsync(listener, 'text' in config ? config.text : 'submitted', run);
  }) as typeof client.query;
}

/** As MikroORM begins a transaction that writes. */
const BEGIN = 'begin';

/** What event/postgresql-event-triggers.ts reads of an author: settings of the transaction, by name. */
const settingsOf = ({ actorId, source, requestId, isRehash }: Author): Readonly<Record<string, string>> => ({
  actor_id: String(actorId ?? ''),
  source,
  request_id: requestId ?? '',
  is_rehash: String(isRehash ?? ''),
});

const SETTINGS = Object.keys(settingsOf({ source: 'API' }));

/** Begins a transaction and says whose it is, in one message. */
function beginOf(author: Author): string {
  const assignments = Object.entries(settingsOf(author)).map(
    ([name, value]) => `set_config('catalog.${name}', ${literal(value)}, true)`,
  );
  return `${BEGIN}; select ${assignments.join(', ')}`;
}

/** Says whose the transaction is that has just begun, if a proof holds: has a row where it does. */
export function signatureOf(author: Author, proof?: Proof): QueryConfig {
  const { statement = UNPROVEN, values = [] } = proof ?? {};
  const text = signatures.get(statement) ?? signatureText(statement, values.length);
  signatures.set(statement, text);
  return { text, values: [...values, ...Object.values(settingsOf(author))] };
}

/** What stands for the statement of a proof where there is nothing to prove. */
const UNPROVEN: SqlText = { sql: '' };

const signatures = new WeakMap<SqlText, string>();

function signatureText({ sql }: SqlText, offset: number): string {
  const assignments = SETTINGS.map((name, index) => `set_config('catalog.${name}', $${offset + index + 1}, true)`);
  return `select ${assignments.join(', ')}${sql && ` where exists (${sql})`}`;
}

/** Whether a statement runs again with other values, by the same plan. */
const isWorthPreparing = ({ text, values }: QueryConfig) =>
  Array.isArray(values) && values.length > 0 && isPlannedOnce(text);
