import type { Pool, PoolClient } from 'pg';

/** No network, a server that ends a connection, or one that has become a standby and takes no writes any more. */
const LOST = /^(ECONN\w+|EPIPE|ETIMEDOUT|E(HOST|NET)UNREACH|08...|57P0[1-5]|25006)$/;

// pg tells these by words alone.
const LOST_MESSAGE = /connection terminated|encountered a connection error|query read timeout/i;

/** Whether a connection is of no use any more after an error. */
export const isConnectionLost = (error: unknown): error is Error =>
  error instanceof Error && (LOST.test((error as { code?: string }).code ?? '') || LOST_MESSAGE.test(error.message));

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
