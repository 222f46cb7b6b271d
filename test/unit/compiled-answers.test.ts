import { type GraphQLRequestContext, type GraphQLRequestListener } from '@apollo/server';
import { getOperationAST, parse } from 'graphql';
import { expect, test } from 'vitest';
import { compiledAnswers } from '../../src/compiled-answers.js';
import type { Context } from '../../src/context.js';
import { buildCatalogSchema } from '../../src/schema.js';

const schema = buildCatalogSchema();

/** What the plugin answers in place of an execution, with root fields that read their own name. */
async function answerOf(query: string, variables: Record<string, unknown> = {}) {
  const document = parse(query);
  const contextValue = {
    viewer: { role: undefined },
    read: async ({ fieldNodes }: { fieldNodes: readonly { name: { value: string } }[] }) =>
      `read ${fieldNodes[0]?.name.value}`,
  } as unknown as Context;
  const listener = (await compiledAnswers.requestDidStart?.({} as never)) as GraphQLRequestListener<Context>;
  const request = { schema, document, operation: getOperationAST(document), request: { variables }, contextValue };
  const response = await listener.responseForOperation?.(request as unknown as GraphQLRequestContext<Context> as never);
  return response?.body.kind === 'single' ? response.body.singleResult : response;
}

test('queries are answered without an execution', async () => {
  expect(await answerOf('{ a: tags { totalCount } __typename products { totalCount } }')).toEqual({
    data: { a: 'read tags', __typename: 'Query', products: 'read products' },
  });
});

test.each([
  ['a mutation', 'mutation { logout }'],
  ['introspection', '{ __schema { queryType { name } } }'],
  ['introspection beside a read', '{ tags { totalCount } __type(name: "Tag") { name } }'],
  ['what the viewer may not read', '{ users { totalCount } }'],
  ['wrong variables', 'query ($first: Int!) { tags(first: $first) { totalCount } }'],
])('%s is left to the execution', async (_what, query) => {
  expect(await answerOf(query)).toBeNull();
});
