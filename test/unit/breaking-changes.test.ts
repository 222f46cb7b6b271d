import { readFileSync } from 'node:fs';
import { buildSchema } from 'graphql';
import { expect, test } from 'vitest';
import { findBreakingChanges } from '../../scripts/breaking-changes.js';
import { asReleased, versionOf } from '../../scripts/released-schema.js';

const RELEASED = `
  type Query {
    product(id: ID!, locale: String): Product
    oldProduct: Legacy @deprecated(reason: "use product")
  }
  type Product { name: String!, price(currency: Currency = SHMECKLES, rounded: Boolean @deprecated): String, cost: String @deprecated }
  type Legacy { name: String }
  enum Currency { SHMECKLES FLURBOS BRAPPLES @deprecated }
  input Filter { name: String, label: String @deprecated }
  type Mutation { find(filter: Filter): Product }
`;

const breaking = (from: string, to: string) =>
  findBreakingChanges(buildSchema(RELEASED), buildSchema(RELEASED.replace(from, to)));

test.each([
  ['a field', 'name: String!,', '', /name.*Product/],
  ['an argument', ', locale: String)', ')', /locale/],
  ["an enum's value", 'FLURBOS', '', /FLURBOS/],
  ["an input's field", 'name: String, label', 'label', /name.*Filter/],
  ['a type', 'name: String!', 'name: Int!', /name.*String!.*Int!/],
  ['a promise never to be null', 'name: String!', 'name: String', /String!/],
])('%s that goes or changes without a word breaks clients', async (_, from, to, message) => {
  const found = await breaking(from, to);
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(message);
});

test('a new argument that has to be given breaks clients, and one that may be left out does not', async () => {
  expect(await breaking('locale: String)', 'locale: String, region: String!)')).toHaveLength(1);
  expect(await breaking('locale: String)', 'locale: String, region: String)')).toEqual([]);
});

test.each([
  ['a field', ', cost: String @deprecated', ''],
  ['an argument', ', rounded: Boolean @deprecated', ''],
  ["an enum's value", ' BRAPPLES @deprecated', ''],
  ["an input's field", ', label: String @deprecated', ''],
  ['a field', 'oldProduct: Legacy @deprecated(reason: "use product")', ''],
])('%s may go once a release has deprecated it', async (_, from, to) => {
  expect(await breaking(from, to)).toEqual([]);
});

test('what is deprecated may go, but not change', async () => {
  expect(await breaking('cost: String @deprecated', 'cost: Int @deprecated')).toHaveLength(1);
});

test('a released schema says of which version it is, and that of this one is here', () => {
  expect(versionOf(asReleased('type Query { a: Int }', '1.2.3'))).toBe('1.2.3');
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(versionOf(readFileSync('schema.released.graphql', 'utf8'))).toBe(version);
});
