import type { ClientBase, ClientConfig, Pool, PoolClient } from 'pg';

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

/**
 * Gives a connection back after a run.
 * @param lossOf why it is not to be used again behind an error; undefined where it may be
 */
export async function releasing<T>(
  client: PoolClient,
  run: () => Promise<T>,
  lossOf: (error: Error) => Error | undefined = (error) => error,
): Promise<T> {
  let loss: Error | undefined;
  try {
    return await run();
  } catch (error) {
    loss = lossOf(error as Error);
    throw error;
  } finally {
    client.release(loss);
  }
}

/** How long a connection counts as one that answers after it has been given back in order, in milliseconds. */
const ANSWERS_FOR = 1000;

const answeredAt = new WeakMap<PoolClient, number>();

/** Notes when each connection of a pool has answered last. */
export function noteAnswers(pool: Pool): void {
  pool.on('release', (failure, client) => {
    if (!failure) answeredAt.set(client, performance.now());
  });
}

/**
 * A connection of the pool for what may not run twice: one that has just answered, or is asked first, for it may have died
 * unnoticed.
 */
export const answeringConnection = (pool: Pool): Promise<PoolClient> =>
  onLiveConnection(pool, async (client) => {
    if (performance.now() - (answeredAt.get(client) ?? -Infinity) < ANSWERS_FOR) return client;
    try {
      await client.query('select 1');
      return client;
    } catch (error) {
      client.release(error as Error);
      throw error;
    }
  });

/**
 * How to connect to the server that a connection leads to, which is one of several where a URL names more. A pool's own
 * options don't say the password when they are copied.
 */
export const serverOf = (client: ClientBase): ClientConfig => {
  const { host, port, user, password, database, ssl } = client as ClientBase & ClientConfig;
  return { host, port, user, password, database, ssl };
};

const settings = new WeakMap<Pool, string[]>();

/**
 * Sets something on each connection of a pool when it is next taken, before what it was taken for. All that is to be set
 * goes as one query: the driver minds more than one that waits.
 * @param setting as SQL, such as `statement_timeout = 1000`
 */
export function setOnConnections(pool: Pool, setting: string): void {
  const others = settings.get(pool);
  if (others) return void others.push(setting);
  const all = [setting];
  settings.set(pool, all);
  const done = new WeakMap<ClientBase, number>();
  pool.on('acquire', (client) => {
    const missing = all.slice(done.get(client) ?? 0);
    if (missing.length === 0) return;
    done.set(client, all.length);
    // Where it fails, what comes behind it fails, too.
    client.query(missing.map((one) => `set ${one}`).join('; ')).catch(() => undefined);
  });
}
