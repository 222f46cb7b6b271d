import { getIntrospectionQuery } from 'graphql';
import { describe, expect, test } from 'vitest';
import { useService } from '../support/service.js';

const times = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index)).join(' ');

describe('by default', () => {
  const service = useService();

  test.each([
    ['a bomb of aliases', `{ ${times(1000, (n) => `a${n}: tags { totalCount }`)} }`],
    ['a bomb of aliases in fragments', `{ ...F } fragment F on Query { ${times(200, (n) => `a${n}: __typename`)} }`],
    ['too many root fields', `{ ${times(60, () => 'me { id }')} }`],
    ['a selection that is nested deep', `{ category(id: 1) { ${'parent { '.repeat(20)} id ${'}'.repeat(20)} } }`],
    ['a selection that is nested without end', `${'{ a '.repeat(4900)}${'}'.repeat(4900)}`],
    ['a value that is nested without end', `{ tags(first: ${'['.repeat(4900)}${']'.repeat(4900)}) { totalCount } }`],
    ['a flood of directives', `{ tags { totalCount ${times(500, () => '@include(if: true)')} } }`],
    ['a million tokens', `{ ${'a '.repeat(450_000)} }`],
    ['a long list', `{ tags(filter: { ids: [${times(1001, String)}] }) { totalCount } }`],
    [
      'pages within pages',
      '{ categories(first: 100) { nodes { products(first: 100) { nodes { tags { products(first: 100) { nodes { id } } } } } } } }',
    ],
  ])('refuses %s', async (_, query) => {
    expect(await service.admin(query)).toFailWith({ code: 'QUERY_TOO_COMPLEX' });
  });

  test.each([
    ['fragments in a circle', '{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }'],
    ['the same field in many ways', `{ ${times(40, (n) => `tags(first: ${n + 1}) { totalCount }`)} }`],
    ['introspection without end', `{ __schema { types { ${'fields { type { '.repeat(5)} name ${'} }'.repeat(5)} } } }`],
  ])('refuses %s as invalid', async (_, query) => {
    const answer = await service.admin(query);
    expect(new Set(answer.errors?.map(({ extensions }) => extensions.code))).toEqual(
      new Set(['GRAPHQL_VALIDATION_FAILED']),
    );
  });

  test('refuses a long list in variables, and one that is nested without end', async () => {
    const query = 'query ($ids: [ID!]) { tags(filter: { ids: $ids }) { totalCount } }';
    expect(await service.anonymous(query, { ids: Array.from({ length: 1000 }, String) })).toSucceed();
    const long = { ids: Array.from({ length: 1001 }, String) };
    expect(await service.anonymous(query, long)).toFailWith({ code: 'QUERY_TOO_COMPLEX' });
    const nested = '['.repeat(100_000) + ']'.repeat(100_000);
    const response = await fetch(service.server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: `{"query":${JSON.stringify(query)},"variables":{"ids":${nested}}}`,
    });
    expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'QUERY_TOO_COMPLEX' } }] });
  });

  test('lets the introspection of tools through', async () => {
    expect(await service.anonymous(getIntrospectionQuery())).toSucceed();
  });
});

describe('configured', () => {
  const service = useService({ COST_MAX: '30', ALIASES_MAX: '2', NODE_ENV: 'production', AUTH_SECRET: 'x'.repeat(32) });
  const PAGE = 'query ($n: Int) { products(first: $n) { nodes { id } } }';

  test('holds a query that was answered before to the cost of each run', async () => {
    for (const n of [5, 29, 5, 29]) expect(await service.anonymous(PAGE, { n })).toSucceed();
    for (const n of [30, 100]) {
      const answer = await service.anonymous(PAGE, { n });
      expect(answer).toFailWith({ code: 'QUERY_TOO_COMPLEX' });
      expect(answer.errors?.[0]?.message).toBe(`The operation costs ${n + 1}; at most 30 is allowed.`);
    }
  });

  test('tells the cost to who asks for it, each time', async () => {
    const ask = async (query: string, headers: Record<string, string>) => {
      const response = await fetch(service.server.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query }),
      });
      return (await response.json()) as { data: unknown; extensions?: unknown };
    };
    const query = '{ products(first: 7) { nodes { id } } }';
    for (let round = 0; round < 3; round += 1) {
      const { data, extensions } = await ask(query, { 'graphql-cost': '1' });
      expect({ data, extensions }).toEqual({
        data: { products: { nodes: [] } },
        extensions: { cost: { operation: 8, max: 30 } },
      });
      expect(await ask(query, {})).toEqual({ data });
    }
    expect(await ask('mutation { logout }', { 'graphql-cost': '1' })).toMatchObject({
      extensions: { cost: { operation: 10, max: 30 } },
    });
  });

  test('counts aliases', async () => {
    expect(await service.anonymous('{ a: __typename b: __typename }')).toSucceed();
    const answer = await service.anonymous('{ a: __typename b: __typename c: __typename }');
    expect(answer).toFailWith({ code: 'QUERY_TOO_COMPLEX' });
    expect(answer.errors?.[0]?.message).toBe('The document has 3 aliases; at most 2 are allowed.');
  });

  test('tells nothing of the schema in production', async () => {
    expect(await service.anonymous('{ __schema { types { name } } }')).toFailWith({
      code: 'GRAPHQL_VALIDATION_FAILED',
    });
    for (const query of ['{ product { nam } }', '{ tag { totalCount } }', '{ tags(frist: 1) { totalCount } }']) {
      expect(JSON.stringify((await service.anonymous(query)).errors)).not.toContain('Did you mean');
    }
    const order = { field: 'NAM', colour: 1 };
    const answer = await service.anonymous('query ($o: TagOrder) { tags(orderBy: $o) { totalCount } }', { o: order });
    expect(JSON.stringify(answer.errors)).not.toContain('Did you mean');
  });
});
