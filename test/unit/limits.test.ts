import { buildSchema, getNamedType, getNullableType, isListType, isObjectType, Kind, parse, validate } from 'graphql';
import { describe, expect, test } from 'vitest';
import { fragmentsOf } from '../../src/compiled-operation.js';
import { type DocumentLimits, excessOf } from '../../src/limits/document-limits.js';
import { LIST_SIZES, OWN_COSTS } from '../../src/limits/field-costs.js';
import { OperationCost } from '../../src/limits/operation-cost.js';
import { OperationLimits } from '../../src/limits/operation-limits.js';
import { excessOfVariables } from '../../src/limits/variables-limits.js';
import { buildCatalogSchema } from '../../src/schema.js';

const LIMITS: DocumentLimits = { depth: 4, aliases: 3, rootFields: 5, directives: 2, listLength: 3 };
const excess = (document: string) => excessOf(parse(document), LIMITS);

describe('a document', () => {
  test.each([
    ['{ a { b { c { d } } } }'],
    ['{ x: a y: a z: a }'],
    ['{ a b c d e }'],
    ['{ a @x b @x }'],
    ['{ a(ids: [1, 2, 3]) }'],
    ['{ __schema { types { fields { type { ofType { ofType { name } } } } } } }'],
    ['{ ...Self } fragment Self on Query { a ...Self }'],
    ['{ ...Missing }'],
  ])('may be %s', (document) => {
    expect(excess(document)).toBeUndefined();
  });

  test.each([
    ['{ a { b { c { d { e } } } } }', 'nested more than 4 levels'],
    ['{ a { ...B } } fragment B on X { b { ...C } } fragment C on X { c { d { e } } }', 'nested more than 4 levels'],
    ['{ a { ... { b { ... on X { c { d { e } } } } } } }', 'nested more than 4 levels'],
    ['{ a { w: b x: b } y: a z: a }', '4 aliases'],
    ['{ ...A ...B } fragment A on X { x: a y: a } fragment B on X { ...A }', '4 aliases'],
    ['{ a b c d e f }', '6 root fields'],
    ['{ ...A ...A ...A } fragment A on X { a b }', '6 root fields'],
    ['{ a @x @x @x }', '3 directives'],
    ['{ a(in: { ids: [1, 2, 3, 4] }) }', '4 values in a list'],
    ['query ($ids: [ID!] = [1, 2, 3, 4]) { a(ids: $ids) }', '4 values in a list'],
    ['{ a } query Other { a b c d e f }', '6 root fields'],
  ])('may not be %s', (document, said) => {
    expect(excess(document)).toContain(said);
  });

  test('of fragments that double each other is measured at once', () => {
    const doubling = Array.from({ length: 200 }, (_, n) => `fragment F${n} on X { x: a ...F${n + 1} ...F${n + 1} }`);
    expect(excess(`{ ...F0 } ${doubling.join(' ')} fragment F200 on X { a }`)).toContain('aliases');
  });

  test('that is nested without end is measured', () => {
    const levels = 1000;
    expect(excess('{ a '.repeat(levels) + '}'.repeat(levels))).toContain('nested');
  });
});

describe('variables', () => {
  test.each([[{}], [{ ids: [1, 2, 3] }], [{ filter: { a: { b: [[1], [2]] } }, text: 'x'.repeat(9), no: null }]])(
    'may be %j',
    (variables) => {
      expect(excessOfVariables(variables, 3)).toBeUndefined();
    },
  );

  test('hold no list that is too long, wherever it is', () => {
    expect(excessOfVariables({ filter: { ids: [1, 2, 3, 4] } }, 3)).toContain('4 values in a list');
    expect(excessOfVariables({ all: [[], [1, 2, 3, 4]] }, 3)).toContain('4 values in a list');
  });

  test('are not followed without end', () => {
    const deep = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)) as unknown;
    expect(excessOfVariables({ deep }, 3)).toContain('nested more than');
  });
});

const schema = buildCatalogSchema();

function costOf(document: string, variables: Record<string, unknown> = {}): number {
  const parsed = parse(document);
  expect(validate(schema, parsed)).toEqual([]);
  const operation = parsed.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  if (!operation) throw new Error('There is no operation.');
  return new OperationCost(schema, operation, fragmentsOf(parsed), { default: 20, max: 100 }).of(variables);
}

describe('the cost', () => {
  test.each([
    ['{ __typename }', 0],
    ['{ product(id: 1) { id name } }', 1],
    ['{ product(id: 1) { category { name } tags { name } } }', 1 + 1 + 10],
    ['{ products { totalCount } }', 1],
    ['{ products { nodes { id } } }', 1 + 20],
    ['{ products(first: 5) { nodes { id } } }', 1 + 5],
    ['{ products(last: 5) { edges { node { id } } } }', 1 + 5 * 2],
    ['{ products(first: 5) { nodes { id } edges { cursor } } }', 1 + 5 + 5],
    ['{ products(first: 1000000) { nodes { id } } }', 1 + 100],
    ['{ products(first: 3) { nodes { tags { name } } } }', 1 + 3 * (1 + 10)],
    ['{ tags(first: 4) { nodes { products(first: 3) { nodes { id } } } } }', 1 + 4 * (1 + 1 + 3)],
    ['{ a: products { totalCount } b: products { totalCount } }', 2],
    ['{ ...P ...P } fragment P on Query { product(id: 1) { id } }', 2],
    ['{ products(first: 2) { ...C } } fragment C on ProductConnection { nodes { id } }', 1 + 2],
    ['{ products { facets { tags { count } } } }', 1 + 20 + 1 + 20],
    ['{ products { facets { tags(first: 3) { tag { name } } } } }', 1 + 20 + 1 + 3 * 2],
    ['{ __schema { types { name } } }', 500],
    ['{ a: product(id: 1) @skip(if: true) { id } b: product(id: 1) @include(if: false) { id } }', 0],
    ['mutation { deleteTag(id: 1) { id } createTag(input: { name: "x" }) { id } }', 2 * 11],
    ['mutation { logout }', 10],
  ])('of %s is %d', (document, cost) => {
    expect(costOf(document)).toBe(cost);
  });

  const PAGE = 'query ($n: Int = 7, $all: Boolean = false) { products(first: $n) @include(if: $all) { nodes { id } } }';
  test.each([
    [{}, 0],
    [{ all: true }, 8],
    [{ all: true, n: 3 }, 4],
    [{ all: true, n: null }, 21],
    [{ all: true, n: 'many' }, 21],
    [{ all: true, n: -5 }, 2],
  ])('depends on the variables %j', (variables, cost) => {
    expect(costOf(PAGE, variables)).toBe(cost);
  });

  test('of fragments that double each other is counted at once', () => {
    const doubling = Array.from({ length: 60 }, (_, n) => `fragment F${n} on Query { ...F${n + 1} ...F${n + 1} }`);
    expect(costOf(`{ ...F0 } ${doubling.join(' ')} fragment F60 on Query { product(id: 1) { id } }`)).toBe(2 ** 60);
  });

  test('knows how long each list is that has no pages', () => {
    const lists = Object.values(schema.getTypeMap())
      .filter((type) => isObjectType(type) && !/^__|Connection$/.test(type.name))
      .flatMap((type) =>
        Object.values(isObjectType(type) ? type.getFields() : {})
          .filter((field) => isListType(getNullableType(field.type)) && isObjectType(getNamedType(field.type)))
          .filter(({ args }) => !args.some(({ name }) => name === 'first'))
          .map((field) => `${type.name}.${field.name}`),
      );
    expect(Object.keys(LIST_SIZES).sort()).toEqual(lists.sort());
    for (const field of Object.keys(OWN_COSTS).filter((name) => !name.includes('__'))) {
      const [type = '', name = ''] = field.split('.');
      const named = schema.getType(type);
      expect(isObjectType(named) && named.getFields()[name]).toBeTruthy();
    }
  });
});

test('a document that is too much is refused before the rules that take long see it', () => {
  const limits = new OperationLimits(
    schema,
    { ...LIMITS, rootFields: 10_000, tokens: 1e6, cost: 1 },
    { default: 20, max: 100 },
  );
  const seen: string[] = [];
  const errors = validate(buildSchema('type Query { a: Int }'), parse('{ a @x @x @x }'), [
    limits.rule,
    () => ({ SelectionSet: () => void seen.push('a selection') }),
  ]);
  expect(errors[0]?.message).toContain('3 directives');
  expect(seen).toEqual([]);
});
