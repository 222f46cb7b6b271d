import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How a request is dealt with. */
export type Behaviour =
  | {
      status: number;
      body?: unknown;
      headers?: Record<string, string>;
      /** What happens before the answer. */
      after?: () => Promise<void>;
    }
  /** No answer, ever. */
  | 'hang'
  /** The connection ends instead of an answer. */
  | 'close';

/** A request as it came. */
export interface Received {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly behaviour: Behaviour;
}

/** Somebody on the other side of the network, by real HTTP. */
export interface FakeReceiver {
  readonly url: string;
  /** All requests, taken or not, in the order in which they came. */
  readonly received: readonly Received[];
  /** How the next requests are dealt with, one after another; then as usual again. */
  next(...behaviours: Behaviour[]): void;
  /** How requests are dealt with from now on. */
  usually(behaviour: Behaviour): void;
  forget(): void;
  stop(): Promise<void>;
}

/** Starts a server that notes what it is sent. @param port 0 for any */
export async function startReceiver(usual: Behaviour = { status: 200 }, port = 0): Promise<FakeReceiver> {
  const received: Received[] = [];
  const script: Behaviour[] = [];
  let usually = usual;
  const server = createServer((request, response) => {
    void bodyOf(request).then(
      (body) => {
        const behaviour = script.shift() ?? usually;
        received.push({ path: request.url ?? '', headers: request.headers as Record<string, string>, body, behaviour });
        return behave(behaviour, request, response);
      },
      () => undefined,
    );
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    next: (...behaviours) => void script.push(...behaviours),
    usually: (behaviour) => void (usually = behaviour),
    forget: () => void (received.length = 0),
    stop: () => stop(server),
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}

async function behave(behaviour: Behaviour, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (behaviour === 'hang') return;
  if (behaviour === 'close') {
    request.socket.destroy();
    return;
  }
  const { status, body = '', headers = {}, after } = behaviour;
  await after?.();
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(text);
}

function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
