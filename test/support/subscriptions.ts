import { createClient as createEventStreams } from 'graphql-sse';
import { createClient as createWebSockets } from 'graphql-ws';
import type { Answer, TestService } from './service.js';

/** What a subscription was sent so far, as a client reads it. */
export interface Watch {
  readonly received: Pick<Answer, 'data' | 'errors'>[];
  /** Resolves when it has ended, to 'completed' or why else: errors, or how the connection was closed. */
  readonly ended: Promise<unknown>;
  /** Resolves when so many were received. */
  first(count: number): Promise<Watch['received']>;
  stop(): void;
}

export type Transport = 'WebSocket' | 'event stream';
export const TRANSPORTS: readonly Transport[] = ['WebSocket', 'event stream'];

interface Subscriber {
  readonly transport?: Transport;
  readonly token?: string | undefined;
  readonly variables?: Record<string, unknown>;
}

type Place = { server: Pick<TestService['server'], 'url'> };

/** Subscribes with the library that clients use. */
export function watch(
  { server: { url } }: Place,
  query: string,
  { transport = 'WebSocket', token, variables }: Subscriber = {},
): Watch {
  const received: Watch['received'] = [];
  const waiting = new Set<() => void>();
  const authorization = token && `Bearer ${token}`;
  const client =
    transport === 'WebSocket'
      ? createWebSockets({
          url: url.replace('http', 'ws'),
          retryAttempts: 0,
          lazyCloseTimeout: 0,
          connectionParams: authorization ? { authorization } : {},
        })
      : createEventStreams({ url, retryAttempts: 0, headers: authorization ? { authorization } : {} });
  let stop = () => undefined as void;
  const ended = new Promise<unknown>((resolve) => {
    stop = client.subscribe(
      { query, ...(variables && { variables }) },
      {
        next(answer: unknown) {
          received.push(answer as Watch['received'][number]);
          for (const look of waiting) look();
        },
        error: (error: unknown) => resolve(error),
        complete: () => resolve('completed'),
      },
    );
  });
  const first = (count: number) =>
    new Promise<Watch['received']>((resolve) => {
      const look = () => {
        if (received.length >= count) resolve(received.slice(0, count));
      };
      waiting.add(look);
      look();
    });
  return { received, ended, first, stop: () => stop() };
}
