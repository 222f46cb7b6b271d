import { Client } from 'pg';
import type { Logger } from 'pino';
import type { DatabaseConfig } from '../config.js';
import type { Database } from '../database/database.js';
import { primaryOf } from '../database/postgresql-primary.js';
import type { EventSignal } from './event-feed.js';
import { EVENTS_CHANNEL } from './postgresql-event-triggers.js';

/** How often events are looked for beside the signals: another process on the same SQLite file sends none. */
export const pollMsOf = ({ kind }: DatabaseConfig): number => (kind === 'sqlite' ? 250 : 1000);

/** What tells of commits: on PostgreSQL those of all processes, on SQLite those of this one. */
export const eventSignalOf = (config: DatabaseConfig, database: Pick<Database, 'onCommit'>, log: Logger): EventSignal =>
  config.kind === 'postgresql' ? notifications(config.url, log) : ownCommits(database);

const ownCommits =
  (database: Pick<Database, 'onCommit'>): EventSignal =>
  (wake) => {
    const end = database.onCommit(wake);
    return async () => end();
  };

/** A signal that several hear of over the one connection that it takes, which is there as long as somebody does. */
export function shared(signal: EventSignal): EventSignal {
  const listeners = new Set<() => void>();
  let end: (() => Promise<void>) | undefined;
  return (wake) => {
    listeners.add(wake);
    // What came before it listened: others may have been told of it.
    if (end) setImmediate(wake);
    end ??= signal(() => listeners.forEach((listener) => listener()));
    return async () => {
      listeners.delete(wake);
      if (listeners.size > 0) return;
      const ending = end;
      end = undefined;
      await ending?.();
    };
  };
}

/** How long after a connection broke another one is tried; the polls go on meanwhile. */
const RECONNECT_MS = 2000;

/** Listens on a connection of its own: one of the pool would be missing there, and forget on its way back. */
const notifications =
  (url: string, log: Logger): EventSignal =>
  (wake) => {
    const primary = primaryOf(url);
    const Listener = primary.Client ?? Client;
    let client: Client | undefined;
    let timer: NodeJS.Timeout | undefined;
    let isOver = false;
    const connectLater = (error?: Error) => {
      if (isOver || timer) return;
      log.warn({ err: error }, 'PostgreSQL does not tell of events: they are looked for each second');
      timer = setTimeout(() => {
        timer = undefined;
        connect();
      }, RECONNECT_MS).unref();
    };
    const connect = () => {
      const connection = new Listener({
        connectionString: primary.url,
        keepAlive: true,
        application_name: 'catalog events',
      });
      client = connection;
      connection.on('notification', wake);
      // It may tell of more than one: none may go unheard.
      connection.on('error', connectLater);
      connection.once('end', () => connectLater());
      connection
        .connect()
        .then(() => connection.query(`listen ${EVENTS_CHANNEL}`))
        // What came before it listened.
        .then(wake, connectLater);
    };
    connect();
    return async () => {
      isOver = true;
      clearTimeout(timer);
      await client?.end().catch(() => undefined);
    };
  };
