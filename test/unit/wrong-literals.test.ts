import { buildSchema, GraphQLError, parse, specifiedRules, validate } from 'graphql';
import { expect, test } from 'vitest';
import { BadUserInputError, WrongValueError } from '../../src/errors.js';
import { renderWrongLiterals } from '../../src/wrong-literals.js';

const schema = buildSchema(`
  scalar Money
  input Range { min: Money }
  input Filter { price: Range, prices: [Money!] }
  type Query { products(filter: Filter, most: Money): Int, count(first: Int, name: String): Int }
`);
Object.assign(schema.getType('Money') as object, {
  parseLiteral() {
    throw new WrongValueError('must be an amount');
  },
});

/** What is left of the errors that validation found. */
function rendered(document: string) {
  const node = parse(document);
  const errors: GraphQLError[] = [...validate(schema, node, specifiedRules)];
  renderWrongLiterals(node, errors);
  return errors;
}

test.each([
  ['{ products(most: 1e3) }', 'most'],
  ['{ products(filter: { price: { min: "x" } }) }', 'filter.price.min'],
  ['{ products(filter: { prices: ["x"] }) }', 'filter.prices'],
  ['query ($cap: Money = 1e3) { products(most: $cap) }', 'cap'],
])('%s is refused by the path of the literal', (document, path) => {
  const [error, ...others] = rendered(document);
  expect(others).toEqual([]);
  expect(error).toBeInstanceOf(BadUserInputError);
  expect((error as BadUserInputError).fields).toEqual([{ path, message: 'must be an amount' }]);
});

test.each([
  ['{ count(first: 2147483648) }', 'first', 'is wrong: Int cannot represent non 32-bit signed integer value'],
  ['{ count(first: "hunter2") }', 'first', 'is wrong: Int cannot represent non-integer value'],
  ['{ count(name: 5) }', 'name', 'is wrong: String cannot represent a non string value'],
])('%s is refused likewise, without its value', (document, path, message) => {
  const [error] = rendered(document);
  expect((error as BadUserInputError).fields).toEqual([{ path, message }]);
});

test('other complaints stay as they are', () => {
  const errors = rendered('{ products(most: 1) unknown }');
  expect(errors.map(({ message }) => message).sort()).toEqual([
    'Cannot query field "unknown" on type "Query".',
    'most must be an amount.',
  ]);
});
