import { DatabaseError, type Pool, type PoolClient } from 'pg';

/** A server that ends a connection, or that has become a standby and takes no writes any more. */
const USELESS = /^(08...|57P0[1-5]|25006)$/;

/** Whether a connection is of no use any more after an error: what the server itself says leaves most of them as they were. */
export const isConnectionLost = (error: unknown): error is Error =>
  error instanceof DatabaseError ? USELESS.test(error.code ?? '') : error instanceof Error;

/** Whether no answer came in time: to ask again would take as long. */
export const isTimeout = ({ message }: Error) => message === 'Query read timeout';

const used = new WeakSet<PoolClient>();

/**
 * Runs what may run twice on a connection of the pool. One that was used before may have died unnoticed, with the server
 * it led to: then it runs on the next one, at last on a new one.
 * @param run gives the connection back
 */
export async function onLiveConnection<T>(pool: Pool, run: (client: PoolClient) => Promise<T>): Promise<T> {
  for (;;) {
    const client = await pool.connect();
    const isNew = !used.has(client);
    used.add(client);
    try {
      return await run(client);
    } catch (error) {
      if (isNew || !isConnectionLost(error) || isTimeout(error)) throw error;
    }
  }
}
