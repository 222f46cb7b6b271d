import { sql } from 'kysely';
import type { FieldScope } from '../database/compiler.js';
import { and, asJson, constant, join, type Sql } from '../database/dialect.js';
import type { ListedRows, NounReads, Row } from '../database/reads.js';
import { column, money, toOne } from '../database/reads.js';
import { BadUserInputError } from '../errors.js';
import { Currency } from '../shared/arguments.js';
import { linkedWithin } from './product-category.reads.js';
import { allProducts, countedProducts } from './product-counts.js';

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
  categories: (list, scope) => entriesOf(scope, 'categories', countsOf('categories', list, scope)),
  tags: (list, scope) => entriesOf(scope, 'tags', countsOf('tags', list, scope)),
  priceRange,
  inStock(list, scope) {
    const product = scope.newRow();
    const total = list.isWhole(OWN_FILTERS.inStock) ? allProducts(scope) : list.total;
    if (total) {
      const soldOut = sql`select count(*) from products as ${sql.ref(product.alias)} where ${isSoldOut(list, product, OWN_FILTERS.inStock)}`;
      return sql`(${total} - (${soldOut}))`;
    }
    const { from, where } = list.rows(product, OWN_FILTERS.inStock);
    return sql`(select count(*) from ${from} where ${where} and ${product.column('stock')} > 0)`;
  },
};

/** What nobody can buy of a list, with some fields of its filter left out: few, and found by an index. */
const isSoldOut = (list: ListedRows, product: Row, without: readonly string[]) =>
  sql`${list.matching(product, without)} and ${product.column('stock')} = 0`;

const NOUNS = { categories: 'Category', tags: 'Tag' } as const;

/** Whether a list has all that the viewer sees but what is sold out. */
const leavesOutSoldOut = (list: ListedRows, without: readonly string[]) =>
  list.filter.at('inStock').isTrue && list.isWhole([...without, 'inStock']);

/** How many products each entry has: of a list that is counted, or of all but those of a list. */
interface Counts {
  /** A select of `id` and `count`. */
  counted?: Sql;
  /** The same of products that don't count, where all others that the viewer sees do. */
  left?: Sql;
}

/** Where nothing but what is sold out is left out, that is counted instead: the numbers of all products are kept. */
function countsOf(table: keyof typeof NOUNS, list: ListedRows, scope: FieldScope): Counts {
  const own = OWN_FILTERS[table];
  const count = COUNT_BY[table];
  const product = scope.newRow();
  if (list.isWhole(own)) return {};
  if (leavesOutSoldOut(list, own)) {
    const from = sql`products as ${sql.ref(product.alias)}`;
    return { left: count(product, { from, where: isSoldOut(list, product, list.filter.givenKeys) }, scope) };
  }
  const linked = table === 'tags' ? linkedInCategory(list, scope) : undefined;
  return { counted: linked ?? count(product, list.rows(product, own), scope) };
}

/** Where nothing but a category is asked for: an index has its links to each tag, if all of its products count. */
function linkedInCategory(list: ListedRows, scope: FieldScope): Sql | undefined {
  const isAll =
    scope.viewer.isStaff && !list.filter.at('uncategorized').isGiven && list.isWhole(OWN_FILTERS.categories);
  const isWithin = isAll ? linkedWithin(list.filter, scope) : undefined;
  return (
    isWithin &&
    sql`select id, (select count(*) from product_tags where tag_id = tags.id and ${isWithin}) as count from tags`
  );
}

/** The entries with the most products, and how many. */
function entriesOf(scope: FieldScope, table: keyof typeof NOUNS, { counted, left }: Counts): Sql {
  const entry = scope.newRow();
  const facet = scope.newRow();
  const seen = scope.visible(NOUNS[table], entry) ?? constant(true);
  const id = entry.column('id');
  const all = countedProducts(table, entry, scope);
  const entries = sql`${sql.table(table)} as ${sql.ref(entry.alias)}`;
  const ofThese = (select: Sql) => sql`(${select}) as counts`;
  const counts = left
    ? sql`select ${id} as id, ${all} - coalesce(counts.count, 0) as count from ${entries} left join ${ofThese(left)} on counts.id = ${id} where ${seen}`
    : counted
      ? sql`select ${id} as id, counts.count from ${ofThese(counted)} join ${entries} on ${id} = counts.id where ${seen}`
      : sql`select ${id} as id, ${all} as count from ${entries} where ${seen}`;
  const most = sql`select * from (${counts}) as counted where count > 0 order by count desc, id limit ${size(scope)}`;
  const { dialect } = scope;
  const orderBy = sql`${facet.column('count')} desc, ${facet.column('id')}`;
  return asJson(
    sql`(select ${dialect.jsonArrayOf(scope.object(facet), { orderBy })} from (${most}) as ${sql.ref(facet.alias)})`,
  );
}

type Rows = ReturnType<ListedRows['rows']>;

const COUNT_BY = {
  categories(product: Row, { from, where }: Rows, { dialect }: FieldScope): Sql {
    const key = product.column('category_id');
    return dialect.countBy(key, from, sql`${where} and ${key} is not null`);
  },
  tags: (product: Row, { from, where }: Rows, { dialect }: FieldScope): Sql =>
    dialect.countBy(
      sql.ref('tag_id'),
      sql`${from} ${dialect.joinedToEach('product_tags', sql`product_id = ${product.column('id')}`)}`,
      where,
    ),
} as const;

function priceRange(list: ListedRows, scope: FieldScope): Sql {
  const currency = scope.args.at('currency').enumValue === 'FLURBOS' ? Currency.FLURBOS : Currency.SHMECKLES;
  const price = PRICES[currency];
  const own = OWN_FILTERS[currency];
  const range = scope.newRow();
  const ends =
    list.isWhole(own) || leavesOutSoldOut(list, own)
      ? endsByIndex(list, scope, price)
      : endsOfMatching(list, scope, price, own);
  return asJson(
    sql`(select ${scope.object(range)} from (${ends}) as ${sql.ref(range.alias)} where ${range.column('min')} is not null)`,
  );
}

/** The first and the last that the viewer sees along the index, but for what is sold out where that is left out. */
function endsByIndex(list: ListedRows, scope: FieldScope, price: string): Sql {
  const onlyInStock = list.filter.at('inStock').isTrue;
  const end = (direction: Sql) => {
    const product = scope.newRow();
    const key = join(
      [product.column(price), product.column('id')].map((part) => sql`${part} ${direction}`),
      sql`, `,
    );
    const stock = scope.dialect.unindexed(product.column('stock'));
    const where = and([list.matching(product, list.filter.givenKeys), onlyInStock ? sql`${stock} > 0` : undefined]);
    return sql`(select ${product.column(price)} from products as ${sql.ref(product.alias)} where ${where} order by ${key} limit 1)`;
  };
  return sql`select ${end(sql`asc`)} as min, ${end(sql`desc`)} as max`;
}

function endsOfMatching(list: ListedRows, scope: FieldScope, price: string, own: readonly string[]): Sql {
  const product = scope.newRow();
  const key = product.column(price);
  const { from, where } = list.rows(product, own);
  return sql`select min(${key}) as min, max(${key}) as max from ${from} where ${where}`;
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
