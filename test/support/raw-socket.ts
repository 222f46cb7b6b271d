import { WebSocket } from 'ws';
import type { Answer } from './service.js';

/** What the service did with a client's messages, until it closed the connection or had answered the last of them. */
export interface SocketTalk {
  /** With which it closed the connection; undefined where it did not. */
  readonly code: number | undefined;
  /** The errors that it sent. */
  readonly errors: NonNullable<Answer['errors']>;
}

interface ServerMessage {
  readonly type: string;
  readonly id?: string;
  readonly payload?: Answer['errors'] | Pick<Answer, 'errors'>;
}

export const INIT = JSON.stringify({ type: 'connection_init' });

/** How long a subscription may say nothing, as one does to which nothing happens, in milliseconds. */
const QUIET = 200;

/**
 * Sends messages on a WebSocket as they are; the others once a first one that begins the protocol is acknowledged.
 * @param awaited how many operations are to be answered, by an event, an error or their end
 */
export function talk(url: string, messages: readonly (string | Buffer)[], awaited = 0): Promise<SocketTalk> {
  const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws');
  const errors: SocketTalk['errors'] = [];
  const answered = new Set<string>();
  let hasPong = false;
  let hasBegun = false;
  return new Promise((resolve) => {
    const finish = (code?: number) => {
      resolve({ code, errors });
      socket.terminate();
    };
    const finishWhereAnswered = () => {
      if (hasPong && answered.size >= awaited) finish();
      else if (hasPong) setTimeout(finish, QUIET).unref();
    };
    socket.on('error', () => undefined);
    socket.on('close', (code) => finish(code));
    const [first = '', ...others] = messages;
    const isBeginning = first.includes('"connection_init"');
    const sendAll = (all: readonly (string | Buffer)[]) => {
      for (const message of all) socket.send(message);
      socket.send(JSON.stringify({ type: 'ping' }));
    };
    socket.on('open', () => (isBeginning ? socket.send(first) : sendAll(messages)));
    socket.on('message', (text: Buffer) => {
      const { type, id, payload } = JSON.parse(text.toString()) as ServerMessage;
      if (type === 'connection_ack' && isBeginning && !hasBegun) {
        hasBegun = true;
        return sendAll(others);
      }
      if (type === 'pong') hasPong = true;
      if (id !== undefined) answered.add(id);
      errors.push(...(Array.isArray(payload) ? payload : (payload?.errors ?? [])));
      finishWhereAnswered();
    });
  });
}
