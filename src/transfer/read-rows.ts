import { setImmediate } from 'node:timers/promises';
import { nameKeyOf, searchWordsOf } from '../product/product-text.js';
import { detectFormat, type FormatName, FORMATS } from './formats.js';
import { isRefused, type Kind, type RecordOf, type Row } from './records.js';
import { SeenSlugs } from './seen-slugs.js';
import { begin } from './source.js';

/** How the rows of a source are read. */
export interface Reading {
  /** What people call the source. */
  readonly name: string;
  /** Told by the content where left out. */
  readonly format?: FormatName | undefined;
  /** How many flurbos a shmeckle is, as a decimal text. */
  readonly rate: string;
  /** Rows of a part at most. */
  readonly batchSize: number;
}

/** Rows that stand behind one another, whose good ones are of one kind. */
export interface Part {
  readonly rows: readonly Row[];
  /** Of the source so far. */
  readonly bytesRead: number;
  /** In the first part. */
  readonly format?: FormatName;
}

/** Of a source, what may lead to one part: rows can be long. */
const MOST_BYTES = 8 * 1024 * 1024;

/** Rows after which reading lets others take their turn. */
const ROWS_AT_A_TIME = 20;

/**
 * The rows of a source, checked and with all that follows from them, a part at a time.
 * @throws TransferError where it can't be read to its end; what comes before that place is told first
 */
export async function* readRows(chunks: AsyncIterable<Buffer>, reading: Reading): AsyncGenerator<Part> {
  let bytesRead = 0;
  const { head, chunks: all } = await begin(chunks);
  const format = reading.format ?? (await detectFormat(reading.name, head));
  yield { rows: [], bytesRead, format };
  const slugs = new SeenSlugs();
  try {
    const counted = counting(all, (size) => (bytesRead += size));
    const rows = FORMATS[format](counted, { rate: reading.rate, slugs });
    for await (const batch of inBatches(rows, reading.batchSize, () => bytesRead)) yield { rows: batch, bytesRead };
  } finally {
    slugs.close();
  }
}

/** Reads one item ahead of who takes them: the next one is read while the database server writes this one. */
export async function* readAhead<T>(items: AsyncGenerator<T>): AsyncGenerator<T> {
  let next = items.next();
  try {
    for (let item = await next; !item.done; item = await next) {
      next = items.next();
      // Awaited in the next round, unless nobody asks for more.
      next.catch(() => undefined);
      yield item.value;
    }
  } finally {
    await items.return(undefined);
  }
}

async function* inBatches(rows: AsyncIterable<Row>, size: number, bytesRead: () => number): AsyncGenerator<Row[]> {
  let batch: Row[] = [];
  let kind: Kind | undefined;
  let begun = bytesRead();
  let failure: unknown;
  try {
    for await (const row of rows) {
      const isOther = !isRefused(row) && kind !== undefined && row.kind !== kind;
      if (isOther || batch.length >= size || bytesRead() - begun >= MOST_BYTES) {
        yield batch;
        batch = [];
        begun = bytesRead();
        kind = undefined;
      }
      if (!isRefused(row)) kind = row.kind;
      batch.push(withDerived(row));
      if (batch.length % ROWS_AT_A_TIME === 0) await setImmediate();
    }
  } catch (error) {
    failure = error;
  }
  if (batch.length > 0) yield batch;
  // What came before the place where a source breaks off is good.
  if (failure) throw failure;
}

/** A product with what takes most time to compute: here, the database is not kept waiting for it. */
function withDerived(row: Row): Row {
  if (isRefused(row) || row.kind !== 'product') return row;
  const record = row.record as RecordOf['product'];
  return { ...row, derived: { nameKey: nameKeyOf(record), searchWords: searchWordsOf(record) } };
}

async function* counting(chunks: AsyncIterable<Buffer>, count: (size: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    count(chunk.length);
    yield chunk;
  }
}
