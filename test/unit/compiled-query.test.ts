import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { CompiledQuery } from '../../src/compiled-query.js';
import type { Context } from '../../src/context.js';
import { buildCatalogSchema } from '../../src/schema.js';

const schema = buildCatalogSchema();

/** Who is not signed in, with root fields that read their own name. */
const context = {
  viewer: { role: undefined },
  readText: async ({ fieldNodes }: { fieldNodes: readonly { name: { value: string } }[] }) =>
    `"read ${fieldNodes[0]?.name.value}"`,
} as unknown as Context;

const answerOf = async (query: string, variables: Record<string, unknown> = {}) =>
  CompiledQuery.of(schema, parse(query))?.answer(context, variables);

test('the root fields are put together from their texts, in the order of the document', async () => {
  expect(await answerOf('{ a: tags { totalCount } __typename products { totalCount } }')).toBe(
    '{"a":"read tags","__typename":"Query","products":"read products"}',
  );
});

test('directives are looked at in each run', async () => {
  const query = CompiledQuery.of(
    schema,
    parse(
      'query ($yes: Boolean!) { ...Q } fragment Q on Query { tags @include(if: $yes) { totalCount } products { totalCount } }',
    ),
  );
  expect(await query?.answer(context, { yes: true })).toBe('{"tags":"read tags","products":"read products"}');
  expect(await query?.answer(context, { yes: false })).toBe('{"products":"read products"}');
});

test.each([
  ['a mutation', 'mutation { logout }'],
  ['a document without such an operation', 'query A { __typename } query B { __typename }'],
])('%s is no query', (_what, query) => {
  expect(CompiledQuery.of(schema, parse(query))).toBeUndefined();
});

test.each([
  ['what reads nothing, and so proves no viewer', '{ __typename }'],
  ['introspection', '{ __schema { queryType { name } } }'],
  ['introspection beside a read', '{ tags { totalCount } __type(name: "Tag") { name } }'],
  ['what the viewer may not read', '{ users { totalCount } }'],
  ['wrong variables', 'query ($first: Int!) { tags(first: $first) { totalCount } }'],
])('%s is left to the execution', async (_what, query) => {
  await expect(answerOf(query)).rejects.toBeInstanceOf(Error);
});
