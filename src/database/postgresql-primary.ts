import { Client, type ClientConfig } from 'pg';
import { UnavailableError } from '../errors.js';
import { urlsOfHosts } from './postgresql-url.js';

type Connected = (error: Error | undefined) => void;

/** How long one server may take to say whether it takes writes, in milliseconds. */
const LONGEST_LOOK = 1500;

/**
 * How to connect to the database of a URL: the first of the servers that it names and, where it names several, a client
 * that finds the one that takes writes.
 */
export function primaryOf(url: string): { readonly url: string; readonly Client?: typeof Client } {
  const urls = urlsOfHosts(url);
  return { url: urls[0], ...(urls.length > 1 && { Client: clientOfPrimary(urls) }) };
}

/**
 * A client of the driver's that connects to whichever of several servers takes writes: after a failover, that is another
 * one. It looks first at the one that was it the last time.
 */
function clientOfPrimary(urls: readonly string[]): typeof Client {
  const servers = urls
    .map((url) => new URL(url))
    .map(({ hostname, port }) => ({ host: hostname, port: Number(port || 5432) }));
  let last = 0;

  const findPrimary = async (config: ClientConfig): Promise<(typeof servers)[number]> => {
    let cause: unknown;
    for (let offset = 0; offset < servers.length; offset += 1) {
      const index = (last + offset) % servers.length;
      const server = servers[index] as (typeof servers)[number];
      try {
        if (!(await takesWrites({ ...config, ...server }))) continue;
        last = index;
        return server;
      } catch (error) {
        cause = error;
      }
    }
    throw new UnavailableError('No server of the database takes writes for the moment: try again.', { cause });
  };

  return class PrimaryClient extends Client {
    constructor(private readonly config: ClientConfig = {}) {
      super(config);
    }

    override connect(): Promise<this>;
    override connect(callback: Connected): void;
    override connect(callback?: Connected): Promise<this> | void {
      if (callback) return void this.connectToPrimary(callback);
      return new Promise((resolve, reject) => {
        void this.connectToPrimary((error) => (error ? reject(error) : resolve(this)));
      });
    }

    // With a callback: whoever waits has to listen to the client's errors from the moment on that it is connected.
    private async connectToPrimary(callback: Connected): Promise<void> {
      // As they were read from wherever they stand: a connection string in the configuration names one server.
      const { user, password, database, ssl } = this;
      const { connectionString: _, ...config } = this.config;
      try {
        Object.assign(this, await findPrimary({ ...config, user, password, database, ssl }));
      } catch (error) {
        return callback(error as Error);
      }
      super.connect(callback as (error: Error) => void);
    }
  };
}

async function takesWrites(config: ClientConfig): Promise<boolean> {
  const client = new Client({ ...config, connectionTimeoutMillis: LONGEST_LOOK, query_timeout: LONGEST_LOOK });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ transaction_read_only: string }>('show transaction_read_only');
    return rows[0]?.transaction_read_only === 'off';
  } finally {
    await client.end().catch(() => undefined);
  }
}
