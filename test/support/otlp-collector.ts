import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span as a collector reads it. */
export interface CollectedSpan {
  name: string;
  traceId: string;
  spanId: string;
  /** Empty for the first of a trace. */
  parentId: string;
  attributes: Record<string, string | bigint>;
  milliseconds: number;
  isError: boolean;
  service: string;
}

/** A collector that takes OTLP over HTTP, and keeps the spans. */
export interface OtlpCollector {
  readonly url: string;
  readonly spans: CollectedSpan[];
  stop(): Promise<void>;
}

export async function startCollector(): Promise<OtlpCollector> {
  const spans: CollectedSpan[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.url === '/v1/traces') spans.push(...spansOf(Buffer.concat(chunks)));
      response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    stop: () => new Promise((resolve) => void server.close(() => resolve())),
  };
}

/** A field of a Protocol Buffers message: a number, eight bytes, or the bytes of a text or another message. */
type Field = { number: number; value: bigint | Buffer };

/** @see https://protobuf.dev/programming-guides/encoding/ */
function* fieldsOf(message: Buffer): Generator<Field> {
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++] ?? 0;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  const bytes = (length: number) => message.subarray(at, (at += length));
  while (at < message.length) {
    const tag = Number(varint());
    const number = tag >> 3;
    if ((tag & 7) === 0) yield { number, value: varint() };
    else if ((tag & 7) === 1) yield { number, value: bytes(8).readBigUInt64LE() };
    else if ((tag & 7) === 5) yield { number, value: BigInt(bytes(4).readUInt32LE()) };
    else yield { number, value: bytes(Number(varint())) };
  }
}

const all = (message: Buffer, number: number) =>
  [...fieldsOf(message)].filter((field) => field.number === number).map(({ value }) => value);
const messages = (message: Buffer, number: number) => all(message, number) as Buffer[];
const only = (message: Buffer, number: number) => messages(message, number)[0] ?? Buffer.alloc(0);

/** @see https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto */
function spansOf(request: Buffer): CollectedSpan[] {
  return messages(request, 1).flatMap((resourceSpans) => {
    const service = String(attributesOf(only(resourceSpans, 1), 1)['service.name']);
    return messages(resourceSpans, 2)
      .flatMap((scopeSpans) => messages(scopeSpans, 2))
      .map((span) => ({ ...spanOf(span), service }));
  });
}

const spanOf = (span: Buffer) => ({
  name: only(span, 5).toString(),
  traceId: only(span, 1).toString('hex'),
  spanId: only(span, 2).toString('hex'),
  parentId: only(span, 4).toString('hex'),
  attributes: attributesOf(span, 9),
  milliseconds: Number((all(span, 8)[0] as bigint) - (all(span, 7)[0] as bigint)) / 1e6,
  isError: all(only(span, 15), 3)[0] === 2n,
});

function attributesOf(message: Buffer, number: number): CollectedSpan['attributes'] {
  return Object.fromEntries(
    messages(message, number).map((pair) => {
      const [value] = fieldsOf(only(pair, 2));
      return [only(pair, 1).toString(), typeof value?.value === 'bigint' ? value.value : String(value?.value)];
    }),
  );
}
