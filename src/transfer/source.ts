import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { ReaderThread } from './rows-of-source.js';
import { TransferError } from './transfer-error.js';

/** Something to import: a file, or standard input. */
export interface Source {
  /** As people call it: the path as it was given. */
  readonly name: string;
  /** In bytes; undefined where it can't be known beforehand. */
  readonly size: number | undefined;
  /** By which another thread can read it; undefined where only this one can. */
  readonly path?: string;
  /** Where another thread reads it already. */
  readonly begun?: ReaderThread;
  read(): AsyncIterable<Buffer>;
}

/** Standard input, where the path of a file is expected. */
export const STANDARD_INPUT = '-';

/** @throws TransferError for a file that can't be read */
export async function openSource(path: string): Promise<Source> {
  if (path === STANDARD_INPUT) return { name: '(standard input)', size: undefined, read: () => process.stdin };
  try {
    const file = await stat(path);
    if (file.isDirectory()) throw new TransferError(`${path} is a folder.`);
    return { name: path, path, size: file.isFile() ? file.size : undefined, read: () => createReadStream(path) };
  } catch (error) {
    if (error instanceof TransferError) throw error;
    throw new TransferError(`${path} can't be read: ${(error as Error).message}.`);
  }
}

/** What a source begins with, enough to tell its format by. */
const HEAD_BYTES = 256 * 1024;

const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** A source that has been begun: its first bytes, and all of its bytes in order. */
export interface BegunSource {
  head: Buffer;
  chunks: AsyncIterable<Buffer>;
}

/** Reads the head of a source. A byte order mark is not part of either. */
export async function begin(chunks: AsyncIterable<Buffer>): Promise<BegunSource> {
  const iterator = chunks[Symbol.asyncIterator]();
  const first: Buffer[] = [];
  for (let size = 0; size < HEAD_BYTES;) {
    const { done, value } = await iterator.next();
    if (done) break;
    first.push(value);
    size += value.length;
  }
  const whole = Buffer.concat(first);
  const head = whole.subarray(0, 3).equals(BYTE_ORDER_MARK) ? whole.subarray(3) : whole;
  return { head, chunks: headAndRest(head, iterator) };
}

async function* headAndRest(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  yield head;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}
