import { sql } from 'kysely';
import type { FieldScope } from '../database/compiler.js';
import { asJson, constant, join, type Sql } from '../database/dialect.js';
import type { ListedRows, NounReads } from '../database/reads.js';
import { column, money, toOne } from '../database/reads.js';
import { BadUserInputError } from '../errors.js';
import { Currency } from '../shared/arguments.js';
import { countedProducts } from './product-counts.js';

/** What a facet leaves out of the filter: its own. */
const OWN_FILTERS = {
  categories: ['categoryId', 'categorySlug', 'includeDescendants', 'uncategorized'],
  tags: ['tagIds', 'allTagIds'],
  inStock: ['inStock'],
  [Currency.SHMECKLES]: ['priceShmeckles'],
  [Currency.FLURBOS]: ['priceFlurbos'],
} as const;

const PRICES = { [Currency.SHMECKLES]: 'price_shmeckles', [Currency.FLURBOS]: 'price_flurbos' } as const;

/** The facets of a list of products, by field. */
export const productFacets: Readonly<Record<string, (list: ListedRows, scope: FieldScope) => Sql>> = {
  categories: (list, scope) =>
    entriesOf(scope, 'categories', list.isWhole(OWN_FILTERS.categories) ? undefined : countByCategory(list, scope)),
  tags: (list, scope) => entriesOf(scope, 'tags', list.isWhole(OWN_FILTERS.tags) ? undefined : countByTag(list, scope)),
  priceRange,
  inStock(list, scope) {
    const product = scope.newRow();
    const matching = list.matching(product, OWN_FILTERS.inStock);
    return sql`(select count(*) from products as ${sql.ref(product.alias)} where ${matching} and ${product.column('stock')} > 0)`;
  },
};

const NOUNS = { categories: 'Category', tags: 'Tag' } as const;

/**
 * The entries with the most products, and how many.
 * @param counts a select of `id` and `count`; where it is left out, all products that the viewer sees count, which is kept
 */
function entriesOf(scope: FieldScope, table: keyof typeof NOUNS, counts: Sql | undefined): Sql {
  const entry = scope.newRow();
  const facet = scope.newRow();
  const seen = scope.visible(NOUNS[table], entry) ?? constant(true);
  const from = sql`${sql.table(table)} as ${sql.ref(entry.alias)}`;
  const counted = counts
    ? sql`select ${entry.column('id')} as id, counts.count from (${counts}) as counts join ${from} on ${entry.column('id')} = counts.id where ${seen}`
    : sql`select ${entry.column('id')} as id, ${countedProducts(table, entry, scope)} as count from ${from} where ${seen}`;
  const most = sql`select * from (${counted}) as counted where count > 0 order by count desc, id limit ${size(scope)}`;
  const { dialect } = scope;
  const orderBy = sql`${facet.column('count')} desc, ${facet.column('id')}`;
  return asJson(
    sql`(select ${dialect.jsonArrayOf(scope.object(facet), { orderBy })} from (${most}) as ${sql.ref(facet.alias)})`,
  );
}

function countByCategory(list: ListedRows, scope: FieldScope): Sql {
  const product = scope.newRow();
  const key = product.column('category_id');
  return sql`select ${key} as id, count(*) as count from products as ${sql.ref(product.alias)} where ${list.matching(product, OWN_FILTERS.categories)} and ${key} is not null group by ${key}`;
}

function countByTag(list: ListedRows, scope: FieldScope): Sql {
  const product = scope.newRow();
  return sql`select tag_id as id, count(*) as count from products as ${sql.ref(product.alias)} join product_tags on product_id = ${product.column('id')} where ${list.matching(product, OWN_FILTERS.tags)} group by tag_id`;
}

function priceRange(list: ListedRows, scope: FieldScope): Sql {
  const currency = scope.args.at('currency').enumValue === 'FLURBOS' ? Currency.FLURBOS : Currency.SHMECKLES;
  const price = PRICES[currency];
  const own = OWN_FILTERS[currency];
  const range = scope.newRow();
  const ends = list.isWhole(own) ? endsByIndex(list, scope, price, own) : endsOfMatching(list, scope, price, own);
  return asJson(
    sql`(select ${scope.object(range)} from (${ends}) as ${sql.ref(range.alias)} where ${range.column('min')} is not null)`,
  );
}

/** The first and the last that the viewer sees along the index. */
function endsByIndex(list: ListedRows, scope: FieldScope, price: string, own: readonly string[]): Sql {
  const end = (direction: Sql) => {
    const product = scope.newRow();
    const key = join(
      [product.column(price), product.column('id')].map((part) => sql`${part} ${direction}`),
      sql`, `,
    );
    return sql`(select ${product.column(price)} from products as ${sql.ref(product.alias)} where ${list.matching(product, own)} order by ${key} limit 1)`;
  };
  return sql`select ${end(sql`asc`)} as min, ${end(sql`desc`)} as max`;
}

function endsOfMatching(list: ListedRows, scope: FieldScope, price: string, own: readonly string[]): Sql {
  const product = scope.newRow();
  const key = product.column(price);
  return sql`select min(${key}) as min, max(${key}) as max from products as ${sql.ref(product.alias)} where ${list.matching(product, own)}`;
}

/** How many entries are asked for. @throws BadUserInputError at the run, for more than a page may have */
function size(scope: FieldScope): Sql {
  const first = scope.args.at('first');
  const { max } = scope.compilation.limits.page;
  scope.check((bindings) => {
    const given = first.read(bindings) as number;
    if (given < 1 || given > max)
      throw new BadUserInputError([{ path: [...scope.path, 'first'].join('.'), message: `must be from 1 to ${max}` }]);
  });
  return first.bind('integer');
}

const facetReads = (type: string, fields: NounReads['fields']): NounReads => ({
  type,
  fields,
  filters: {},
  orders: {},
  roots: {},
});

/** How the rows of facets are read. */
export const facetRowReads: readonly NounReads[] = [
  facetReads('CategoryFacet', { category: toOne('id'), count: column('count') }),
  facetReads('TagFacet', { tag: toOne('id'), count: column('count') }),
  facetReads('PriceRange', { min: money('min'), max: money('max') }),
];
