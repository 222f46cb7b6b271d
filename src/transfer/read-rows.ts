import { setImmediate } from 'node:timers/promises';
import { detectFormat, type FormatName, FORMATS } from './formats.js';
import { type ProductColumns, ProductColumnsBuilder } from './product-columns.js';
import { type GoodRow, isRefused, type Kind, type RefusedRow, type Row } from './records.js';
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
  /** Whether the text of new products' events is computed, too. */
  readonly hasChanges: boolean;
}

/** Good rows, all of one kind. */
export type GoodRows =
  | { readonly [K in Exclude<Kind, 'product'>]: { readonly kind: K; readonly rows: GoodRow<K>[] } }[Exclude<
      Kind,
      'product'
    >]
  | { readonly kind: 'product'; readonly products: ProductColumns };

/** Rows that stand behind one another. */
export interface Part {
  readonly good?: GoodRows | undefined;
  readonly refused: readonly RefusedRow[];
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
  yield { refused: [], bytesRead, format };
  const slugs = new SeenSlugs();
  try {
    const counted = counting(all, (size) => (bytesRead += size));
    const rows = FORMATS[format](counted, { rate: reading.rate, slugs });
    for await (const batch of inBatches(rows, reading, () => bytesRead))
      yield { good: batch.good, refused: batch.refused, bytesRead };
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

async function* inBatches(
  rows: AsyncIterable<Row>,
  { batchSize, hasChanges }: Reading,
  bytesRead: () => number,
): AsyncGenerator<Batch> {
  let batch = new Batch(hasChanges);
  let begun = bytesRead();
  let failure: unknown;
  try {
    for await (const row of rows) {
      if (!batch.takes(row) || batch.size >= batchSize || bytesRead() - begun >= MOST_BYTES) {
        yield batch;
        batch = new Batch(hasChanges);
        begun = bytesRead();
      }
      batch.add(row);
      if (batch.size % ROWS_AT_A_TIME === 0) await setImmediate();
    }
  } catch (error) {
    failure = error;
  }
  if (batch.size > 0) yield batch;
  // What came before the place where a source breaks off is good.
  if (failure) throw failure;
}

/** Rows that make a part. */
class Batch {
  size = 0;
  readonly refused: RefusedRow[] = [];
  private kind: Kind | undefined;
  // Of a product, what takes most time is computed here: the database is not kept waiting for it.
  private readonly products: ProductColumnsBuilder;
  private readonly others: GoodRow[] = [];

  constructor(hasChanges: boolean) {
    this.products = new ProductColumnsBuilder(hasChanges);
  }

  get good(): GoodRows | undefined {
    const { kind, others, products } = this;
    if (!kind) return undefined;
    return kind === 'product' ? { kind, products: products.columns } : ({ kind, rows: others } as GoodRows);
  }

  /** Whether a row may stand beside those that are there. */
  takes(row: Row): boolean {
    return isRefused(row) || this.kind === undefined || this.kind === row.kind;
  }

  add(row: Row): void {
    this.size += 1;
    if (isRefused(row)) this.refused.push(row);
    else {
      this.kind = row.kind;
      if (row.kind === 'product') this.products.add(row as GoodRow<'product'>);
      else this.others.push(row);
    }
  }
}

async function* counting(chunks: AsyncIterable<Buffer>, count: (size: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    count(chunk.length);
    yield chunk;
  }
}
