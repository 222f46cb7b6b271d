import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { describe, expect, test, vi } from 'vitest';
import {
  BadCursorError,
  BadUserInputError,
  ConflictError,
  NotFoundError,
  OutOfStockError,
  QueryTooComplexError,
  renderError,
  UnauthenticatedError,
  UnavailableError,
  VersionConflictError,
} from '../../src/errors.js';

const HERE = { locations: [{ line: 1, column: 3 }], path: ['product'] };
/** As Apollo hands out an error of a resolver. */
const raised = (message: string, code = 'INTERNAL_SERVER_ERROR'): GraphQLFormattedError => ({
  message,
  ...HERE,
  extensions: { code, stacktrace: ['at /srv/app/secret.js:1:1'] },
});

function render(error: unknown, formatted?: GraphQLFormattedError) {
  const onUnexpected = vi.fn();
  const message = error instanceof Error ? error.message : String(error);
  return { rendered: renderError(formatted ?? raised(message), error, onUnexpected), onUnexpected };
}

test.each([
  [new NotFoundError('Tag', 'a"b'), 'Tag "a\\"b" was not found.', { code: 'NOT_FOUND' }],
  [new ConflictError('The slug "mug" is taken.'), 'The slug "mug" is taken.', { code: 'CONFLICT' }],
  [
    new VersionConflictError('Product', 7, 1, 3),
    'Product 7 has version 3, not 1: somebody changed it meanwhile.',
    { code: 'VERSION_CONFLICT', expectedVersion: 1, version: 3 },
  ],
  [new OutOfStockError(7, 2, -3), "Product 7 has 2 in stock; 3 can't be taken.", { code: 'OUT_OF_STOCK', stock: 2 }],
  [
    new BadCursorError('after'),
    'after is no cursor of this list: take one from its edges or pageInfo, with the same filter and orderBy.',
    { code: 'BAD_CURSOR' },
  ],
  [
    new BadUserInputError([
      { path: 'input.name', message: 'must be a text' },
      { path: 'input.slug', message: 'must be short' },
    ]),
    'input.name must be a text; input.slug must be short.',
    {
      code: 'BAD_USER_INPUT',
      fields: [
        { path: 'input.name', message: 'must be a text' },
        { path: 'input.slug', message: 'must be short' },
      ],
    },
  ],
  [new UnauthenticatedError('Who?'), 'Who?', { code: 'UNAUTHENTICATED' }],
  [new QueryTooComplexError('Too deep.'), 'Too deep.', { code: 'QUERY_TOO_COMPLEX' }],
  [new UnavailableError('Later.'), 'Later.', { code: 'UNAVAILABLE' }],
])('a known error keeps its message and code: %s', (error, message, extensions) => {
  const { rendered, onUnexpected } = render(error);
  expect(rendered).toEqual({ message, ...HERE, extensions });
  expect(onUnexpected).not.toHaveBeenCalled();
});

test('a known error is found within the one that graphql wraps it in', () => {
  const wrapped = new GraphQLError('wrapped', { originalError: new NotFoundError('Tag', '7') });
  expect(render(wrapped).rendered).toMatchObject({
    message: 'Tag "7" was not found.',
    extensions: { code: 'NOT_FOUND' },
  });
});

test.each([
  new Error('insert into "users" failed at /srv/app/db.js'),
  new GraphQLError('wrapped', { originalError: new TypeError('x is not a function') }),
  'a thrown text',
])('anything else is told to the log and hidden from the client: %s', (error) => {
  const { rendered, onUnexpected } = render(error);
  expect(rendered).toEqual({
    message: 'Internal server error',
    ...HERE,
    extensions: { code: 'INTERNAL_SERVER_ERROR' },
  });
  expect(onUnexpected).toHaveBeenCalledExactlyOnceWith(error instanceof GraphQLError ? error.originalError : error);
});

test('a complaint of graphql about the document stays, without its stack', () => {
  const message = 'Cannot query field "x" on type "Query".';
  const { rendered } = render(new GraphQLError(message), raised(message, 'GRAPHQL_VALIDATION_FAILED'));
  expect(rendered).toEqual({ message, ...HERE, extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } });
});

describe('a wrong variable is told by path and rule', () => {
  test.each([
    [
      'Variable "$input" got invalid value "12.345" at "input.priceShmeckles"; Expected type "Money". must be an amount.',
      'input.priceShmeckles',
      'must be an amount',
    ],
    [
      'Variable "$first" got invalid value "hunter2"; Int cannot represent non-integer value: "hunter2"',
      'first',
      'is wrong: Int cannot represent non-integer value',
    ],
    [
      'Variable "$input" got invalid value 5 at "input.tagIds[2]"; Expected non-nullable type "ID!" not to be null.',
      'input.tagIds.2',
      'is wrong: Expected non-nullable type "ID!" not to be null',
    ],
    [
      'Variable "$input" got invalid value { password: "hunter2" }; Field "name" of required type "String!" was not provided.',
      'input.name',
      'must be given, as String!',
    ],
    ['Variable "$id" of required type "ID!" was not provided.', 'id', 'must be given, as ID!'],
    ['Variable "$id" of non-null type "ID!" must not be null.', 'id', 'must be given, as ID!'],
  ])('%s', (message, path, rule) => {
    const { rendered } = render(new GraphQLError(message), raised(message, 'BAD_USER_INPUT'));
    expect(rendered).toEqual({
      message: `${path} ${rule}.`,
      locations: HERE.locations,
      extensions: { code: 'BAD_USER_INPUT', fields: [{ path, message: rule }] },
    });
    expect(JSON.stringify(rendered)).not.toContain('hunter2');
  });
});
