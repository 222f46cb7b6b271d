import type { EntityManager } from '@mikro-orm/core';
import type { Database } from '../database/database.js';
import type { Write, Written } from './outcome.js';
import { placeAt, toColumns, toRows } from './product-columns.js';
import type { GoodRows } from './read-rows.js';
import type { GoodRow, Kind, Place, SourceNames } from './records.js';
import { categoryWriter } from './write-categories.js';
import { productWriter, type WriteProducts } from './write-products.js';
import { writeRows } from './write-rows.js';
import { tagWriter } from './write-tags.js';
import { userWriter } from './write-users.js';

/** How entries of each kind are written. */
export type Writers = { readonly [K in Exclude<Kind, 'product'>]: Write<K> } & { readonly product: WriteProducts };

/** @param isLast whether the transaction ends with each batch */
export const writersOf = (database: Database, isLast: boolean): Writers => ({
  category: categoryWriter(database),
  tag: tagWriter(database),
  product: productWriter(database, isLast),
  user: userWriter(database),
});

/** Good rows of one kind, and how they are written. */
export interface Batch {
  slugAt(index: number): string;
  placeAt(index: number): Place;
  namesAt(index: number): SourceNames;
  /** All of them, or none. */
  writeAll: (em: EntityManager) => Promise<Written>;
  /** Those that violate no constraint; of the others it tells why. */
  writeGood: (em: EntityManager) => Promise<Written>;
}

export function batchOf(writers: Writers, good: GoodRows): Batch {
  if (good.kind !== 'product') return batchOfRows(writers[good.kind] as Write<Kind>, good.rows);
  const { products } = good;
  const write = writers.product;
  return {
    slugAt: (index) => products.told.slug[index] as string,
    placeAt: (index) => placeAt(products, index),
    namesAt: () => products.names,
    writeAll: (em) => write(em, products),
    writeGood: (em) => writeRows<'product'>(em, (nested, rows) => write(nested, toColumns(rows)), toRows(products)),
  };
}

const batchOfRows = <K extends Kind>(write: Write<K>, rows: readonly GoodRow<K>[]): Batch => ({
  slugAt: (index) => (rows[index] as GoodRow<K>).record.slug,
  placeAt: (index) => (rows[index] as GoodRow<K>).place,
  namesAt: (index) => (rows[index] as GoodRow<K>).names,
  writeAll: (em) => write(em, rows),
  writeGood: (em) => writeRows(em, write, rows),
});
