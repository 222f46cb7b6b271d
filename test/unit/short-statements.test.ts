import { type FieldNode, getOperationAST, parse } from 'graphql';
import { expect, test } from 'vitest';
import { Compiler } from '../../src/database/compiler.js';
import { postgresql } from '../../src/database/dialect.js';
import { Statements } from '../../src/database/statements.js';
import { buildCatalogSchema, nouns } from '../../src/schema.js';
import { OPERATOR } from '../../src/viewer.js';

const schema = buildCatalogSchema();
const limits = { page: { default: 20, max: 100 }, sortedRows: 100 };
const statements = new Statements(new Compiler(postgresql, schema, nouns, limits));

/** The statement of a query with one root field. */
function bound(query: string) {
  const operation = getOperationAST(parse(query));
  const parentType = schema.getQueryType();
  if (!operation || !parentType) throw new Error(query);
  const fieldNodes = operation.selectionSet.selections as FieldNode[];
  const root = { schema, operation, fragments: {}, variableValues: {}, parentType, fieldNodes, path: { key: 'at' } };
  return statements.bindQuery(root, OPERATOR);
}

const PRICES = 'orderBy: { field: PRICE_SHMECKLES }';

test.each([
  ['an entry by its key', '{ product(id: 1) { name category { name ancestors { name } } tags { name } } }'],
  ['an entry with a kept number', '{ category(slug: "a") { name productCount } }'],
  ['a page of all', `{ products(${PRICES}) { nodes { name tags { name } } pageInfo { endCursor hasNextPage } } }`],
  ['a page of all with their kept number', '{ products { totalCount nodes { name } } }'],
  [
    'the first look for what filters find',
    `{ products(filter: { nameContains: "a", tagIds: [1] }, ${PRICES}) { nodes { id } } }`,
  ],
])('%s takes a short statement', (_what, query) => {
  expect(bound(query).isShort).toBe(true);
});

test.each([
  ['a list within an entry', '{ category(id: 1) { products { nodes { name } } } }'],
  ['what is counted', `{ products(filter: { nameContains: "a" }, ${PRICES}) { totalCount nodes { id } } }`],
  ['facets', '{ products { facets { tags { count } } } }'],
  ['a search', '{ products(filter: { search: "a" }) { nodes { id } } }'],
  ['the whole tree', '{ categoryTree { name } }'],
])('%s may take long', (_what, query) => {
  expect(bound(query).isShort).toBe(false);
});

test('every look after the first may take long', () => {
  const second = bound(`{ products(filter: { nameContains: "a" }, ${PRICES}) { nodes { id } } }`).otherwise?.();
  expect(second?.isShort).toBe(false);
  expect(second?.otherwise?.().isShort).toBe(false);
});
