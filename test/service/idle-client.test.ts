import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { catalogueOf } from '../support/catalogue.js';
import { DATABASE } from '../support/database.js';
import { useService } from '../support/service.js';

const service = useService({ IDLE_TIMEOUT_SECONDS: '3' });
const given = catalogueOf(service.admin);

/** Longer than twice the limit: Node.js counts once more from when its first write was done in part. */
const LONGER = 10_000;

test.runIf(DATABASE === 'sqlite')('who takes nothing of an answer is cut off', async () => {
  const { id: categoryId } = await given.category();
  const [{ id } = { id: '' }] = await Promise.all(
    Array.from({ length: 5 }, () => given.product({ categoryId, description: 'x'.repeat(20_000) })),
  );
  // Ten megabytes are more than the system's buffers for a connection.
  const pages = Array.from({ length: 99 }, (_, n) => `p${n}: products(first: 5) { nodes { description } }`).join(' ');
  const search = encodeURIComponent(`{ product(id: ${id}) { category { ${pages} } } }`);
  const { hostname, port, pathname } = new URL(service.server.url);
  const text = await new Promise<string>((resolve) => {
    let taken = '';
    const socket = connect(Number(port), hostname);
    // Before there is anything: what is read makes the buffers grow.
    socket.pause();
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => (taken += chunk.toString('latin1')));
    socket.on('close', () => resolve(taken));
    socket.write(`GET ${pathname}?query=${search} HTTP/1.1\r\nhost: shop\r\n`);
    socket.write('apollo-require-preflight: true\r\nconnection: close\r\n\r\n');
    void sleep(LONGER).then(() => socket.resume());
  });
  const length = Number(/content-length: (\d+)/.exec(text)?.[1]);
  expect(length).toBeGreaterThan(9_900_000);
  expect(text.length).toBeLessThan(length);
});
