import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { useService } from '../support/service.js';

const service = useService({ HEADERS_TIMEOUT_SECONDS: '1', REQUEST_TIMEOUT_SECONDS: '2' });

/** What comes back on a connection until the service closes it, and after how many seconds it does. */
function talk(say: (write: (text: string) => boolean) => Promise<void> | void) {
  const { hostname, port } = new URL(service.server.url);
  const begun = performance.now();
  return new Promise<{ text: string; seconds: number }>((resolve) => {
    let text = '';
    let isOpen = true;
    const socket = connect(
      Number(port),
      hostname,
      () => void say((more) => (isOpen ? (socket.write(more), true) : false)),
    );
    socket.on('data', (chunk) => (text += chunk.toString()));
    // The service may close while it is written to.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      isOpen = false;
      resolve({ text, seconds: (performance.now() - begun) / 1000 });
    });
  });
}

const REQUEST = 'POST /graphql HTTP/1.1\r\nhost: shop\r\ncontent-type: application/json\r\n';

describe.concurrent('a connection is closed', () => {
  test('that says nothing', async () => {
    const { text, seconds } = await talk(() => undefined);
    expect(text).toMatch(/^(HTTP\/1\.1 408 |$)/);
    expect(seconds).toBeLessThan(10);
  });

  test('whose headers come drop by drop', async () => {
    const { text } = await talk(async (write) => {
      write(REQUEST);
      for (let n = 0; n < 100; n += 1) {
        if (!write(`x-${n}: 1\r\n`)) return;
        await sleep(200);
      }
    });
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('whose body comes drop by drop', async () => {
    const { text } = await talk(async (write) => {
      write(`${REQUEST}content-length: 1000\r\n\r\n`);
      for (let n = 0; n < 100; n += 1) {
        if (!write(' ')) return;
        await sleep(200);
      }
    });
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
  });

  test('whose chunks never end', async () => {
    const { text } = await talk((write) => void write(`${REQUEST}transfer-encoding: chunked\r\n\r\n5\r\n{"que\r\n`));
    expect(text).toMatch(/^HTTP\/1\.1 408 /);
  });

  test.each<[string, string, RegExp]>([
    ['whose header is large', `${REQUEST}x: ${'x'.repeat(100_000)}\r\n\r\n`, /^HTTP\/1\.1 431 /],
    ['with a flood of headers', `${REQUEST}${'x-flood: 1\r\n'.repeat(10_000)}\r\n`, /^HTTP\/1\.1 431 /],
    [
      'whose URL is large',
      `GET /graphql?query=${'x'.repeat(100_000)} HTTP/1.1\r\nhost: shop\r\n\r\n`,
      /^HTTP\/1\.1 431 /,
    ],
    ['that speaks no HTTP', 'SSH-2.0-OpenSSH_9.7\r\n\r\n', /^HTTP\/1\.1 400 /],
    ['that says two lengths', `${REQUEST}content-length: 5\r\ncontent-length: 6\r\n\r\n123456`, /^HTTP\/1\.1 400 /],
    [
      'that says a length and chunks',
      `${REQUEST}content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`,
      /^HTTP\/1\.1 400 /,
    ],
    ['without a host', 'GET /graphql HTTP/1.1\r\n\r\n', /^HTTP\/1\.1 400 /],
  ])('%s', async (_, text, answer) => {
    expect((await talk((write) => void write(text))).text).toMatch(answer);
  });
});

test('meanwhile others are answered', async () => {
  const slow = Array.from({ length: 50 }, () => talk((write) => void write(REQUEST)));
  expect(await service.anonymous('{ tags { totalCount } }')).toSucceed();
  for (const { text } of await Promise.all(slow)) expect(text).toMatch(/^HTTP\/1\.1 408 /);
  expect(await service.anonymous('{ tags { totalCount } }')).toSucceed();
});
