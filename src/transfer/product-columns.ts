import { madeChanges } from '../event/made-changes.js';
import { TRACKED_TABLES } from '../event/tracked-tables.js';
import { NEW_PRODUCT } from '../product/new-product.js';
import { ratingKeyOf } from '../product/product-rating.js';
import { nameKeyOf, searchWordsOf } from '../product/product-text.js';
import { type GoodRow, keyOfLink, type Link, type Origin, type Place, type ProductRecord } from './records.js';

/** What a source tells of a product in so many words; its links aside. */
export type ToldOfProduct = Omit<ProductRecord, 'category' | 'tags'> & Origin;

type Columns<T> = { readonly [F in keyof Required<T>]: T[F][] };

/** What follows from a new product. */
interface Derived {
  nameKey: string;
  searchWords: string;
  ratingKey: number;
  /** What its event says, but for its links; undefined where the database has to say it. */
  changes: string | undefined;
}

/**
 * Products of a source by columns, each at the same place of every column: so they cost least to hand to another thread,
 * and are nearest to what a database takes.
 */
export interface ProductColumns {
  /** What the source tells; undefined where it does not. */
  readonly told: Columns<ToldOfProduct>;
  readonly derived: Columns<Derived>;
  /** The categories that they name, each once. */
  readonly categories: Link[];
  /** Places in `categories`; null for none, undefined where the source does not tell. */
  readonly category: (number | null | undefined)[];
  /** The tags that they name, each once. */
  readonly tags: Link[];
  /** Places in `tags`; undefined where the source does not tell. */
  readonly tagged: (number[] | undefined)[];
  readonly places: { readonly line: number[]; readonly record: (number | undefined)[] };
  /** As of any row of the source. */
  names: GoodRow['names'];
}

/** Puts the products of a source into columns, one after another. */
export class ProductColumnsBuilder {
  /** @param hasChanges whether the text of the events is computed, too */
  constructor(private readonly hasChanges: boolean) {}

  readonly columns: ProductColumns = {
    told: {
      id: [],
      version: [],
      createdAt: [],
      updatedAt: [],
      slug: [],
      name: [],
      description: [],
      imageUrl: [],
      priceShmeckles: [],
      priceFlurbos: [],
      stock: [],
      rating: [],
      isActive: [],
    },
    derived: { nameKey: [], searchWords: [], ratingKey: [], changes: [] },
    categories: [],
    category: [],
    tags: [],
    tagged: [],
    places: { line: [], record: [] },
    names: {},
  };
  private readonly categoryPlaces = new Map<string, number>();
  private readonly tagPlaces = new Map<string, number>();

  add({ record, origin, place, names }: GoodRow<'product'>): void {
    const { columns } = this;
    const { category, tags, ...fields } = record;
    append(columns.told, { ...fields, ...origin });
    append(columns.derived, this.derivedOf(record));
    columns.category.push(category ? placeIn(columns.categories, this.categoryPlaces, category) : category);
    columns.tagged.push(tags?.map((tag) => placeIn(columns.tags, this.tagPlaces, tag)));
    append(columns.places, place);
    columns.names = names;
  }

  private derivedOf(record: ProductRecord): Derived {
    return {
      nameKey: nameKeyOf(record),
      searchWords: searchWordsOf(record),
      ratingKey: ratingKeyOf(record),
      changes: this.hasChanges ? changesOf(record) : undefined,
    };
  }
}

/** Products that were rows. */
export function toColumns(rows: readonly GoodRow<'product'>[]): ProductColumns {
  const builder = new ProductColumnsBuilder(false);
  for (const row of rows) builder.add(row);
  return builder.columns;
}

/** The same products as rows. */
export const toRows = (columns: ProductColumns): GoodRow<'product'>[] =>
  columns.told.slug.map((_, index) => {
    const { id, version, createdAt, updatedAt, ...fields } = toldAt(columns, index);
    const category = columns.category[index];
    return {
      kind: 'product',
      place: placeAt(columns, index),
      record: {
        ...fields,
        category: typeof category === 'number' ? columns.categories[category] : category,
        tags: columns.tagged[index]?.map((tag) => columns.tags[tag] as Link),
      },
      origin: { id, version, createdAt, updatedAt },
      names: columns.names,
    };
  });

export const toldAt = ({ told }: ProductColumns, index: number): ToldOfProduct =>
  Object.fromEntries(Object.entries(told).map(([field, values]) => [field, values[index]])) as unknown as ToldOfProduct;

export function placeAt({ places: { line, record } }: ProductColumns, index: number): Place {
  const place = { line: line[index] as number };
  return record[index] === undefined ? place : { ...place, record: record[index] };
}

function append<T>(columns: Columns<T>, values: T): void {
  for (const field in columns) columns[field].push(values[field]);
}

function changesOf(record: ProductRecord): string | undefined {
  const values = { ...record } as Record<string, unknown>;
  for (const [field, value] of Object.entries(NEW_PRODUCT)) values[field] ??= value;
  return madeChanges(TRACKED_TABLES.products.fields, values);
}

function placeIn(links: Link[], places: Map<string, number>, link: Link): number {
  const key = keyOfLink(link);
  const place = places.get(key) ?? links.push(link) - 1;
  places.set(key, place);
  return place;
}
