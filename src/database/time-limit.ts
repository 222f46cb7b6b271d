import { Client, type ClientBase, type Pool, type PoolClient } from 'pg';
import { UnavailableError } from '../errors.js';
import { serverOf, setOnConnections } from './postgresql-connections.js';

/** When an operation has to be answered, by `performance.now()`; undefined for work that may take its time. */
export type Deadline = number | undefined;

/** @throws UnavailableError behind the deadline: nothing more is begun for the operation */
export function assertTimeLeft(deadline: Deadline): void {
  if (deadline !== undefined && performance.now() >= deadline) throw tookTooLong();
}

export const tookTooLong = (cause?: unknown): UnavailableError =>
  new UnavailableError('The operation took longer than it may and was stopped: ask for less, or try again.', { cause });

/** How much later than the server itself a connection gives up, in milliseconds. */
const GRACE = 1000;

/** How long a client of the driver's waits for an answer; only its type is not public. */
type WaitingClient = ClientBase & { connectionParameters: { query_timeout: number } };

/**
 * Has PostgreSQL itself end each statement of a pool's connections after so many milliseconds, those of transactions
 * included, and gives up waiting for a connection as early.
 */
export function limitStatements(pool: Pool, milliseconds: number): void {
  pool.options.connectionTimeoutMillis = Math.min(pool.options.connectionTimeoutMillis ?? Infinity, milliseconds);
  setOnConnections(pool, `statement_timeout = ${milliseconds}`);
  pool.on('acquire', (client) => {
    // Where the server does not answer at all, nothing of its own ends anything.
    (client as unknown as WaitingClient).connectionParameters.query_timeout = milliseconds + GRACE;
  });
}

/**
 * Runs a statement on a connection, and has PostgreSQL cancel it at the deadline. The connection is held until the
 * cancellation is through, so that it can't hit what runs there next.
 */
export async function untilDeadline<T>(client: PoolClient, deadline: Deadline, run: () => Promise<T>): Promise<T> {
  if (deadline === undefined) return run();
  let cancellation: Promise<void> | undefined;
  const timer = setTimeout(
    () => {
      cancellation = cancel(client);
    },
    Math.max(0, deadline - performance.now()),
  );
  try {
    return await run();
  } finally {
    clearTimeout(timer);
    await cancellation;
  }
}

/** Cancels what a connection runs, by another one: the pool may have none left. */
async function cancel(client: PoolClient & { processID?: number }): Promise<void> {
  const canceller = new Client({ ...serverOf(client), connectionTimeoutMillis: 2000, query_timeout: 2000 });
  canceller.on('error', () => undefined);
  try {
    await canceller.connect();
    await canceller.query('select pg_cancel_backend($1)', [client.processID]);
  } catch {
    // The time limit of the connection itself ends the statement, only later.
  } finally {
    await canceller.end().catch(() => undefined);
  }
}
