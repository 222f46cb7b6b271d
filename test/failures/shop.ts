import { setTimeout as sleep } from 'node:timers/promises';
import { clientOf } from '../support/service.js';
import { type Running, start } from '../support/node-process.js';
import { Load } from './load.js';
import type { PostgresServer } from './postgres-server.js';

export const AUTH_SECRET = 'what every process of the shop under test knows';
/** More than anybody sells in a test. */
const STOCK = 1_000_000;

/** The built service as a process of its own, with something to sell, and clients that use it. */
export class Shop {
  private process: Running | undefined;
  private url = '';
  private token = '';
  private productId = '';

  constructor(
    private readonly databaseUrl: string,
    private readonly environment: Record<string, string> = {},
  ) {}

  /** Starts the service; the first time, it makes the administrator and the product. */
  async open(wrapper: readonly string[] = []): Promise<void> {
    const [command, ...args] = [...wrapper, process.execPath, 'dist/src/main.js'];
    this.process = start(command, args, { ...this.variables, PORT: '0' });
    const [, url = ''] = await this.process.says(/"url":"([^"]+)"/);
    this.url = url;
    if (this.token === '') await this.furnish();
  }

  /** Ends the process at once, as a loss of power would. */
  async kill(): Promise<void> {
    this.process?.child.kill('SIGKILL');
    await this.process?.ended;
  }

  async close(): Promise<void> {
    this.process?.child.kill('SIGTERM');
    await this.process?.ended;
  }

  /** Everything that the process has logged. */
  async log(): Promise<string> {
    const { out, err } = (await this.process?.ended) ?? { out: '', err: '' };
    return out + err;
  }

  load(): Load {
    return new Load(() => this.url, this.token, this.productId);
  }

  /** What is there in the end: slugs of tags and products, and how many pieces are gone. */
  async inventory(): Promise<{ slugs: Set<string>; gone: number }> {
    const admin = clientOf(this.url, this.token);
    const slugs = new Set([...(await this.slugsOf('tags')), ...(await this.slugsOf('products'))]);
    const { data } = await admin('query ($id: ID!) { product(id: $id) { stock } }', { id: this.productId });
    return { slugs, gone: STOCK - (data.product.stock as number) };
  }

  private async slugsOf(list: 'tags' | 'products'): Promise<string[]> {
    const slugs: string[] = [];
    for (let after: string | null = null; ;) {
      const query = `query ($after: String) { list: ${list}(first: 100, after: $after) { nodes { slug } pageInfo { hasNextPage endCursor } } }`;
      const { data, errors } = await clientOf(this.url, this.token)(query, { after });
      if (errors) throw new Error(JSON.stringify(errors));
      for (const { slug } of data.list.nodes as { slug: string }[]) slugs.push(slug);
      if (!data.list.pageInfo.hasNextPage) return slugs;
      after = data.list.pageInfo.endCursor as string;
    }
  }

  /** Waits until the service says that it is ready. */
  async ready(): Promise<void> {
    for (let tries = 0; tries < 3000; tries += 1) {
      const answer = await fetch(new URL('/health/ready', this.url)).catch(() => undefined);
      if (answer?.ok) return;
      await sleep(10);
    }
    throw new Error('The service does not become ready again.');
  }

  private get variables(): Record<string, string> {
    return {
      DATABASE_URL: this.databaseUrl,
      MIGRATE_ON_START: 'true',
      AUTH_SECRET,
      LOG_LEVEL: 'info',
      // The load comes from this machine, and is what is meant to be too much.
      RATE_LIMIT_REQUESTS: '0',
      ...this.environment,
    };
  }

  private async furnish(): Promise<void> {
    const names = ['--role', 'ADMIN', '--first-name', 'Ada', '--last-name', 'Ministrator'];
    const create = ['dist/src/cli/main.js', 'user', 'create', 'administrator', ...names];
    const { code, err } = await start(process.execPath, create, this.variables, 'a plumbus of the shop\n').ended;
    if (code !== 0) throw new Error(err);
    const login = `mutation { login(username: "administrator", password: "a plumbus of the shop") { accessToken } }`;
    const signedIn = await clientOf(this.url)(login);
    this.token = signedIn.data.login.accessToken as string;
    const query = `mutation { createProduct(input: { name: "Plumbus", priceShmeckles: 1, priceFlurbos: 1, stock: ${STOCK} }) { id } }`;
    this.productId = (await clientOf(this.url, this.token)(query)).data.createProduct.id as string;
  }
}

/** A shop that knows two servers, of which one takes writes. */
export const shopOnServers = ({ port }: PostgresServer, other: PostgresServer): Shop =>
  new Shop(`postgres://postgres:postgres@127.0.0.1:${port},127.0.0.1:${other.port}/postgres`);
