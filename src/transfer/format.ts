import type { Row } from './records.js';
import type { SeenSlugs } from './seen-slugs.js';

export interface FormatOptions {
  /** How many flurbos a shmeckle is, as a decimal text: for sources with one price. */
  rate: string;
  /** The slugs of this source so far. */
  slugs: SeenSlugs;
}

/** Reads the rows of a source, good and refused, in the source's order. */
export type Format = (chunks: AsyncIterable<Buffer>, options: FormatOptions) => AsyncIterable<Row>;
