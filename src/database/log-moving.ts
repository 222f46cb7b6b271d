import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type Sqlite from 'better-sqlite3';

const THREAD = new URL('./log-mover.js', import.meta.url);

/**
 * Pages of the log from which on its moving is waited for, about 64 MiB: it begins anew only where all of it is moved before
 * the next transaction.
 */
const MOST_PAGES = 16_384;

/** What the thread is started with. */
export interface LogMoverData {
  readonly path: string;
  readonly synchronous: number;
}

/**
 * Has another thread move the log of an SQLite file into it while this one goes on, from the first commit that is told of
 * until the end: else a commit does so, and waits for the disk. What is committed is in the log, and on the disk, as ever.
 * @see https://www.sqlite.org/wal.html#ckpt
 */
export class LogMoving {
  private thread: Worker | undefined;
  private isOver: { promise: Promise<void>; resolve: () => void; reject: (error: unknown) => void } | undefined;
  /** SQLite's own rule. */
  private readonly usualPages: number;

  constructor(private readonly file: Sqlite.Database) {
    this.usualPages = this.pragma('wal_autocheckpoint');
  }

  /** To be called behind a commit, and awaited before the next transaction. */
  async committed(): Promise<void> {
    if (!canMove(this.file)) return;
    this.thread ??= this.start();
    const isLong = this.pagesOfLog() >= MOST_PAGES;
    // What is under way does not move the last pages.
    if (isLong) await this.isOver?.promise;
    this.move();
    if (isLong) await this.isOver?.promise;
  }

  async end(): Promise<void> {
    try {
      await this.isOver?.promise;
    } finally {
      await this.thread?.terminate();
      this.file.pragma(`wal_autocheckpoint = ${this.usualPages}`);
    }
  }

  private start(): Worker {
    const workerData: LogMoverData = { path: this.file.name, synchronous: this.pragma('synchronous') };
    const thread = new Worker(THREAD, { workerData });
    thread.on('message', () => this.isOver?.resolve());
    thread.on('error', (error) => this.isOver?.reject(error));
    thread.on('exit', () => {
      this.isOver?.reject(new Error('The thread that moves the log has ended early.'));
      this.thread = undefined;
    });
    this.file.pragma('wal_autocheckpoint = 0');
    return thread;
  }

  private move(): void {
    if (this.isOver) return;
    this.isOver = Promise.withResolvers();
    const forget = () => (this.isOver = undefined);
    // Of a failure whoever waits hears.
    this.isOver.promise.then(forget, forget);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has none
    this.thread?.postMessage('move');
  }

  private pagesOfLog(): number {
    const [{ log = 0 } = {}] = this.file.pragma('wal_checkpoint(noop)') as { log?: number }[];
    return log;
  }

  private pragma(name: string): number {
    return this.file.pragma(name, { simple: true }) as number;
  }
}

/** Run from TypeScript, as tests do, there is no such file. */
const canMove = (file: Sqlite.Database) => !file.memory && existsSync(fileURLToPath(THREAD));
