import { beforeAll, describe, expect, test } from 'vitest';
import { catalogueOf, type Made } from '../support/catalogue.js';
import { useService } from '../support/service.js';
import { createStatementLog } from '../support/statements.js';

const statements = createStatementLog();
const service = useService(
  { SQL_LOG: 'true', ALIASES_MAX: '1000', DEPTH_MAX: '100', COST_MAX: '100000000' },
  statements.log,
);
const make = catalogueOf((query, variables) => service.admin(query, variables));

let garden: Made;
let tools: Made;
let sharp: Made;
let spade: Made;
let rake: Made;

beforeAll(async () => {
  garden = await make.category({ name: 'Garden' });
  tools = await make.category({ name: 'Tools', parentId: garden.id });
  sharp = await make.tag({ name: 'sharp' });
  const blunt = await make.tag({ name: 'Blunt' });
  spade = await make.product({
    name: 'Spade',
    description: 'Digs "deep"\nand \\wide\\',
    imageUrl: 'https://shop.example/spade.webp',
    priceShmeckles: '250.50',
    priceFlurbos: '0.05',
    stock: 7,
    rating: 4.333333333333333,
    categoryId: tools.id,
    tagIds: [sharp.id, blunt.id],
  });
  rake = await make.product({ name: 'Rake', categoryId: garden.id });
});

/** The data of a query that has to be answered by as many statements as it has root fields. */
async function answer(query: string, variables?: Record<string, unknown>, rootFields = 1) {
  let data: unknown;
  const sql = await statements.during(async () => {
    const result = await service.anonymous(query, variables);
    expect(result).toSucceed();
    ({ data } = result);
  });
  expect(sql).toHaveLength(rootFields);
  // oxlint-disable-next-line typescript/no-explicit-any -- each test looks at an answer of another shape
  return data as Record<string, any>;
}

describe('every field', () => {
  test('of a product', async () => {
    const { product } = await answer(`{ product(slug: "spade") {
      id name slug description imageUrl priceShmeckles priceFlurbos shmeckles: price(currency: SHMECKLES)
      flurbos: price(currency: FLURBOS) stock rating isActive category { name } tags { name } version createdAt updatedAt
    } }`);
    expect(product).toEqual({
      id: spade.id,
      name: 'Spade',
      slug: 'spade',
      description: 'Digs "deep"\nand \\wide\\',
      imageUrl: 'https://shop.example/spade.webp',
      priceShmeckles: '250.50',
      priceFlurbos: '0.05',
      shmeckles: '250.50',
      flurbos: '0.05',
      stock: 7,
      rating: 4.333333333333333,
      isActive: true,
      category: { name: 'Tools' },
      tags: [{ name: 'Blunt' }, { name: 'sharp' }],
      version: 1,
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      updatedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
  });

  test('of a product that has nothing it may do without', async () => {
    const { product } = await answer(
      `query ($id: ID) { product(id: $id) { description imageUrl rating tags { id } } }`,
      {
        id: rake.id,
      },
    );
    expect(product).toEqual({ description: null, imageUrl: null, rating: null, tags: [] });
  });

  test('of a category', async () => {
    const { category } = await answer(`{ category(slug: "tools") {
      id name slug isActive parentId parent { id parentId parent { id } } children { id } ancestors { name } depth
      productCount own: productCount(includeDescendants: false)
      products { totalCount nodes { name } } version createdAt updatedAt
    } }`);
    expect(category).toMatchObject({
      id: tools.id,
      name: 'Tools',
      slug: 'tools',
      isActive: true,
      parentId: garden.id,
      parent: { id: garden.id, parentId: null, parent: null },
      children: [],
      ancestors: [{ name: 'Garden' }],
      depth: 1,
      productCount: 1,
      own: 1,
      products: { totalCount: 1, nodes: [{ name: 'Spade' }] },
      version: 1,
    });
  });

  test('of a tag', async () => {
    const { tag } = await answer(
      `query ($id: ID) { tag(id: $id) {
      id name slug productCount products(filter: { inStock: true }) { totalCount edges { node { name } } } version createdAt updatedAt
    } }`,
      { id: sharp.id },
    );
    expect(tag).toMatchObject({
      id: sharp.id,
      name: 'sharp',
      slug: 'sharp',
      productCount: 1,
      products: { totalCount: 1, edges: [{ node: { name: 'Spade' } }] },
      version: 1,
    });
  });

  test('of a connection', async () => {
    const { products } = await answer(`{ products(first: 1, orderBy: { field: NAME }) {
      edges { cursor node { name } } nodes { name } totalCount
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    } }`);
    const { edges, pageInfo, ...rest } = products as { edges: { cursor: string }[]; pageInfo: object };
    expect(rest).toEqual({ nodes: [{ name: 'Rake' }], totalCount: 2 });
    expect(edges).toEqual([{ cursor: expect.any(String), node: { name: 'Rake' } }]);
    const [{ cursor }] = edges as [{ cursor: string }];
    expect(pageInfo).toEqual({ hasNextPage: true, hasPreviousPage: false, startCursor: cursor, endCursor: cursor });
  });
});

describe('a selection', () => {
  test('has the keys of its aliases, the same field as often as asked', async () => {
    const data = await answer(`{ one: product(slug: "spade") { a: name b: name c: category { d: name } } }`);
    expect(data).toEqual({ one: { a: 'Spade', b: 'Spade', c: { d: 'Tools' } } });
  });

  test('merges what is selected in several places', async () => {
    const data = await answer(`
      query { product(slug: "spade") { category { id } ...Names ... on Product { category { slug } } ... { stock } } }
      fragment Names on Product { name category { ...Name } }
      fragment Name on Category { name }
    `);
    expect(data).toEqual({
      product: { category: { id: tools.id, name: 'Tools', slug: 'tools' }, name: 'Spade', stock: 7 },
    });
  });

  test('merges root fields of the same key', async () => {
    const data = await answer(`{ products(first: 1) { totalCount } products(first: 1) { nodes { name } } }`);
    expect(data).toEqual({ products: { totalCount: 2, nodes: [{ name: 'Spade' }] } });
  });

  test.each([
    [{ yes: true, no: false }, { product: { name: 'Spade', tags: [{ name: 'Blunt' }, { name: 'sharp' }] } }],
    [{ yes: false, no: true }, { product: { slug: 'spade' } }],
  ])('leaves out what @skip and @include say, with %j', async (variables, expected) => {
    const data = await answer(
      `query ($yes: Boolean!, $no: Boolean!) { product(slug: "spade") {
        name @include(if: $yes) slug @skip(if: $yes) tags @skip(if: $no) { name } ... @include(if: $no) @include(if: $yes) { stock }
      } }`.replace('@include(if: $no) @include(if: $yes)', '@include(if: $no) @skip(if: $no)'),
      variables,
    );
    expect(data).toEqual(expected);
  });

  test('says __typename at every level', async () => {
    const data = await answer(`{ __typename products(first: 1) { __typename
      edges { __typename node { __typename category { __typename } tags { __typename } } } pageInfo { __typename }
    } }`);
    expect(data).toEqual({
      __typename: 'Query',
      products: {
        __typename: 'ProductConnection',
        edges: [
          {
            __typename: 'ProductEdge',
            node: {
              __typename: 'Product',
              category: { __typename: 'Category' },
              tags: [{ __typename: 'Tag' }, { __typename: 'Tag' }],
            },
          },
        ],
        pageInfo: { __typename: 'PageInfo' },
      },
    });
  });

  test('may be nothing but __typename', async () => {
    const data = await answer('{ products { __typename nodes { __typename } } }');
    expect(data).toEqual({
      products: { __typename: 'ProductConnection', nodes: [{ __typename: 'Product' }, { __typename: 'Product' }] },
    });
    expect(await answer('{ products { __typename } }')).toEqual({ products: { __typename: 'ProductConnection' } });
  });

  test('may have more fields than a function of the database takes arguments', async () => {
    const aliases = Array.from({ length: 300 }, (_, index) => `a${index}: name`);
    const data = await answer(`{ product(slug: "spade") { ${aliases.join(' ')} } }`);
    expect(Object.values(data.product ?? {})).toEqual(Array.from({ length: 300 }, () => 'Spade'));
    expect(Object.keys(data.product ?? {}).at(-1)).toBe('a299');
  });

  test('may nest connections, each with arguments of its own', async () => {
    const data = await answer(
      `query ($first: Int, $order: ProductOrder, $none: ProductFilter) { categories(orderBy: { field: NAME, direction: DESC }) { nodes {
        name
        cheapest: products(first: $first, orderBy: $order) { nodes { name tags { name products(first: 1) { nodes { name } } } } }
        none: products(filter: $none) { totalCount nodes { id } }
      } } }`,
      { first: 1, order: { field: 'PRICE_SHMECKLES' }, none: { nameContains: 'nothing' } },
    );
    const none = { totalCount: 0, nodes: [] };
    const tags = [
      { name: 'Blunt', products: { nodes: [{ name: 'Spade' }] } },
      { name: 'sharp', products: { nodes: [{ name: 'Spade' }] } },
    ];
    expect(data).toEqual({
      categories: {
        nodes: [
          { name: 'Tools', cheapest: { nodes: [{ name: 'Spade', tags }] }, none },
          { name: 'Garden', cheapest: { nodes: [{ name: 'Rake', tags: [] }] }, none },
        ],
      },
    });
  });

  test('is refused beyond a depth that a database could choke on', async () => {
    const nested = (depth: number): string => (depth === 0 ? 'id' : `parent { ${nested(depth - 1)} }`);
    expect(await service.anonymous(`{ category(slug: "tools") { ${nested(20)} } }`)).toSucceed();
    const refused = await service.anonymous(`{ category(slug: "tools") { ${nested(40)} } }`);
    expect(refused).toFailWith({ code: 'QUERY_TOO_COMPLEX', path: ['category'] });
  });
});

describe('one operation, run with variables of other shapes', () => {
  const query = `query ($filter: ProductFilter, $order: ProductOrder, $first: Int) {
    products(filter: $filter, orderBy: $order, first: $first) { nodes { name } }
  }`;
  const namesOf = async (variables: Record<string, unknown>) => {
    const { products } = await answer(query, variables);
    return (products as { nodes: { name: string }[] }).nodes.map(({ name }) => name);
  };

  test.each([
    [{}, ['Spade', 'Rake']],
    [{ filter: null, order: null, first: null }, ['Spade', 'Rake']],
    [{ first: 1 }, ['Spade']],
    [{ order: { field: 'NAME' } }, ['Rake', 'Spade']],
    [{ order: { field: 'NAME', direction: 'DESC' } }, ['Spade', 'Rake']],
    [{ order: { field: 'STOCK' }, filter: { inStock: true } }, ['Spade']],
    [{ order: { field: 'STOCK' }, filter: { inStock: false } }, ['Rake']],
    [{ filter: { inStock: null } }, ['Spade', 'Rake']],
    [{ filter: { nameContains: 'ake' } }, ['Rake']],
    [{ filter: { nameContains: 'pade' } }, ['Spade']],
    [{ filter: { priceShmeckles: { min: '11' } } }, ['Spade']],
    [{ filter: { priceShmeckles: { max: '11' } } }, ['Rake']],
    [{ filter: { ids: [] } }, []],
    [{ filter: { includeDescendants: false, categorySlug: 'garden' } }, ['Rake']],
    [{ filter: { categorySlug: 'garden' } }, ['Spade', 'Rake']],
  ])('%j', async (variables, expected) => {
    expect(await namesOf(variables)).toEqual(expected);
    expect(await namesOf(variables)).toEqual(expected);
  });
});

describe('one statement for each root field', () => {
  test.each([
    ['{ a: products { totalCount } b: products { nodes { id } } c: tags { nodes { id } } }', 3],
    ['{ categoryTree { name productCount parent { name } children { name } ancestors { name } } }', 1],
    [
      '{ categories { nodes { products { nodes { tags { products { nodes { category { children { id } } } } } } } } } }',
      1,
    ],
    [
      '{ tags { nodes { products(last: 2) { pageInfo { hasPreviousPage } edges { cursor node { category { name } } } } } } }',
      1,
    ],
    ['{ __typename }', 0],
  ])('%s', async (query, count) => {
    await answer(query, {}, count);
  });

  test('and one that reads what a mutation selects', async () => {
    const sql = await statements.during(() =>
      service.admin(
        `mutation { createTag(input: { name: "one" }) { id productCount products { nodes { tags { name } } } } }`,
      ),
    );
    expect(sql.filter((statement) => /json/.test(statement) && !/from sessions/.test(statement))).toHaveLength(1);
  });
});

test('the text of a statement does not depend on values', async () => {
  const texts = await statements.during(async () => {
    for (const name of ['ake', "'; drop table products; --", '%']) {
      await service.anonymous('query ($name: String) { products(filter: { nameContains: $name }) { totalCount } }', {
        name,
      });
    }
  });
  expect(new Set(texts.map((text) => text.replace(/ \[[^[]*$/, ''))).size).toBe(1);
});
