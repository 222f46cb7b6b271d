import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'node:http';

/** What a client saw of one operation. */
export interface Seen {
  readonly kind: 'read' | 'write' | 'sale';
  /** `OK`, the code of the error, or `NO ANSWER`. */
  readonly outcome: string;
  /** When it was answered, and how long that took, in milliseconds. */
  readonly at: number;
  readonly took: number;
}

/** What the clients of a shop do to it, and what they are told. */
export class Load {
  readonly seen: Seen[] = [];
  /** Slugs of tags and products whose making was acknowledged, and of those whose was not. */
  readonly acknowledged: string[] = [];
  readonly unacknowledged: string[] = [];
  /** Pieces that were sold to somebody who was told so. */
  sold = 0;
  /** What `/health/ready` said, each time that it said something else. */
  readonly ready: { at: number; status: number }[] = [];
  private isOver = false;
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 64 });
  private readonly run = randomUUID().slice(0, 8);
  private readonly clients: Promise<void>[] = [];

  /** @param url of the API, which may change with a restart */
  constructor(
    private readonly url: () => string,
    private readonly token: string,
    private readonly productId: string,
  ) {}

  start(writers = 4, readers = 2, sellers = 4): void {
    const each = (count: number, act: (index: number) => Promise<void>) => {
      for (let index = 0; index < count; index += 1) this.clients.push(act(index));
    };
    each(writers, (index) => this.write(index));
    each(readers, () => this.read());
    each(sellers, () => this.sell());
    each(1, () => this.watch());
  }

  /** Ends: who is selling something does so until it is sold. */
  async stop(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.clients);
    this.agent.destroy();
  }

  /** Every other writer makes products, which PostgreSQL is told of in another way than of tags. */
  private async write(index: number): Promise<void> {
    const noun = index % 2 === 0 ? 'Tag' : 'Product';
    const prices = noun === 'Product' ? { priceShmeckles: 1, priceFlurbos: 1 } : {};
    const query = `mutation ($input: Create${noun}Input!) { create${noun}(input: $input) { id } }`;
    for (let number = 0; !this.isOver; number += 1) {
      const slug = `${this.run}-${index}-${number}`;
      const isDone = await this.send('write', query, { input: { name: slug, slug, ...prices } });
      (isDone ? this.acknowledged : this.unacknowledged).push(slug);
      if (!isDone) await sleep(20);
    }
  }

  private async read(): Promise<void> {
    while (!this.isOver) {
      if (!(await this.send('read', '{ products(first: 5) { nodes { id name stock } } }', {}))) await sleep(20);
    }
  }

  /** Sends each sale again, under its key, until it is told that it is made. */
  private async sell(): Promise<void> {
    const query = `mutation ($id: ID!) { adjustStock(productId: $id, delta: -1) { stock } }`;
    while (!this.isOver) {
      const key = randomUUID();
      for (let tries = 0; !(await this.send('sale', query, { id: this.productId }, key)); tries += 1) {
        if (tries > 3000) throw new Error('A sale was never made.');
        await sleep(20);
      }
      this.sold += 1;
    }
  }

  private async watch(): Promise<void> {
    while (!this.isOver) {
      const { status } = await this.fetch('/health/ready', {}).catch(() => ({ status: 0 }));
      if (this.ready.at(-1)?.status !== status) this.ready.push({ at: performance.now(), status });
      await sleep(20);
    }
  }

  private async send(kind: Seen['kind'], query: string, variables: object, key?: string): Promise<boolean> {
    const begun = performance.now();
    const headers = {
      'content-type': 'application/json',
      authorization: `Bearer ${this.token}`,
      ...(key && { 'idempotency-key': key }),
    };
    const outcome = await this.fetch('/graphql', headers, JSON.stringify({ query, variables })).then(
      outcomeOf,
      () => 'NO ANSWER',
    );
    const at = performance.now();
    this.seen.push({ kind, outcome, at, took: at - begun });
    return outcome === 'OK';
  }

  private fetch(path: string, headers: object, body?: string): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const options = { agent: this.agent, method: body === undefined ? 'GET' : 'POST', headers: { ...headers } };
      const asked = request(new URL(path, this.url()), options, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (part: string) => (text += part));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
        response.on('error', reject);
      });
      asked.on('error', reject);
      asked.end(body);
    });
  }
}

function outcomeOf({ text }: { text: string }): string {
  const { errors } = JSON.parse(text) as { errors?: { message: string; extensions?: { code?: string } }[] };
  return errors ? (errors[0]?.extensions?.code ?? 'NO CODE') : 'OK';
}
