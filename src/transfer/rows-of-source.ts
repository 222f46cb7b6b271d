import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type Part, readAhead, type Reading, readRows } from './read-rows.js';
import type { Source } from './source.js';
import { SourceError, TransferError } from './transfer-error.js';

/** Below this many bytes a source is read sooner than a thread has started. */
const WORTH_A_THREAD = 1024 * 1024;

/** What the thread needs for a part, several times over: it would take more before it looks for what it could give back. */
const LIMITS = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 16 };

const THREAD = new URL('./row-reader.js', import.meta.url);

/** What the thread is started with. */
export interface ReaderData {
  readonly path: string;
  readonly reading: Reading;
}

/** What the thread says: a part, the end, or why it can't go on. */
export type ReaderMessage = Part | 'end' | { readonly failure: { readonly message: string; readonly line?: number } };

/**
 * Begins to read a source before anybody asks for its rows, where another thread does so: while the database is opened. A
 * process that ends does not wait for it.
 */
export function beginReading(source: Source, reading: Reading): Source {
  const path = pathForThread(source);
  return path === undefined ? source : { ...source, begun: new ReaderThread({ path, reading }) };
}

/** The rows of a source. A large file is read by another thread while the database writes. */
export function readParts(source: Source, reading: Reading): AsyncGenerator<Part> {
  if (source.begun) return source.begun.parts();
  const path = pathForThread(source);
  return path === undefined ? readAhead(readRows(source.read(), reading)) : new ReaderThread({ path, reading }).parts();
}

function pathForThread({ path, size = 0 }: Source): string | undefined {
  // Run from TypeScript, as tests do, it has no such file.
  return size >= WORTH_A_THREAD && existsSync(fileURLToPath(THREAD)) ? path : undefined;
}

/** A thread that reads the rows of a file, from now on. */
export class ReaderThread {
  private readonly reader: Worker;
  private readonly messages: Messages;

  constructor(workerData: ReaderData) {
    this.reader = new Worker(THREAD, { workerData, resourceLimits: LIMITS });
    this.messages = new Messages(this.reader);
    this.reader.unref();
  }

  /** To be read once, and to its end. */
  async *parts(): AsyncGenerator<Part> {
    const { reader, messages } = this;
    reader.ref();
    try {
      for (;;) {
        const message = await messages.next();
        if (message === 'end') return;
        if ('failure' in message) throw toError(message.failure);
        // The next one comes while this one is written, and another one is made.
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has none
        reader.postMessage('next');
        yield message;
      }
    } finally {
      await reader.terminate();
    }
  }
}

const toError = ({ line, message }: { message: string; line?: number }) =>
  line === undefined ? new TransferError(message) : new SourceError(line, message);

/** What a thread has said, in order. */
class Messages {
  private readonly waiting: ReaderMessage[] = [];
  private failure: unknown;
  private wake: (() => void) | undefined;

  constructor(reader: Worker) {
    reader.on('message', (message: ReaderMessage) => {
      this.waiting.push(message);
      this.wake?.();
    });
    reader.on('error', (error) => {
      this.failure = error;
      this.wake?.();
    });
    // Behind its last message, which is for whoever waits for it.
    reader.on('exit', () => {
      this.failure ??= new Error('The thread that reads the rows of a file has ended early.');
      this.wake?.();
    });
  }

  async next(): Promise<ReaderMessage> {
    while (this.waiting.length === 0) {
      if (this.failure) throw this.failure;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
    return this.waiting.shift() as ReaderMessage;
  }
}
