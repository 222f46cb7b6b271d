import { expect, test } from 'vitest';
import { type CompiledOperation, NeedsExecution } from '../../src/compiled-operation.js';
import type { Context } from '../../src/context.js';
import { Unproven } from '../../src/database/proof.js';
import { KnownFailure, KnownOperations } from '../../src/known-operations.js';

const HEADERS = { 'content-type': 'application/json' };
const context = {} as Context;
const answering = (answer: () => Promise<string>) => ({ type: 'query', answer }) as unknown as CompiledOperation;

function knownOperations(): KnownOperations {
  const known = new KnownOperations((_, { tooMuch }) => !tooMuch);
  known.learnAccept(undefined, 'application/json; charset=utf-8');
  known.learn(
    '{ tags }',
    undefined,
    answering(async () => '{"tags":1}'),
  );
  known.learn(
    '{ fails }',
    undefined,
    answering(() => Promise.reject(new Error('no'))),
  );
  return known;
}

const answerTo = async (body: unknown, headers: object = HEADERS) =>
  await knownOperations().answer({ ...headers }, body, () => context);

test('a query that was answered once is answered again', async () => {
  expect(await answerTo({ query: '{ tags }' })).toMatchObject({ text: '{"data":{"tags":1}}\n' });
  expect(await answerTo({ query: '{ tags }', variables: {}, operationName: null })).toMatchObject({
    text: '{"data":{"tags":1}}\n',
  });
});

test.each([
  ['another query', { query: '{ tags  }' }],
  ['another operation', { query: '{ tags }', operationName: 'A' }],
  ['extensions', { query: '{ tags }', extensions: {} }],
  ['variables that are none', { query: '{ tags }', variables: [] }],
  ['a list', [{ query: '{ tags }' }]],
  ['nothing', undefined],
  ['what is beyond the limits', { query: '{ tags }', variables: { tooMuch: true } }],
  ['what fails', { query: '{ fails }' }],
])('%s is left to Apollo', async (_what, body) => {
  expect(await answerTo(body)).toBeUndefined();
});

test.each([
  ['what a form can send', { 'content-type': 'text/plain' }],
  ['no content type', {}],
  ['a media type that nobody asked for yet', { ...HEADERS, accept: 'text/html' }],
  ['who asks for the cost', { ...HEADERS, 'graphql-cost': '1' }],
  ['what may be sent again', { ...HEADERS, 'idempotency-key': 'x' }],
])('%s is left to Apollo', async (_what, headers) => {
  expect(await answerTo({ query: '{ tags }' }, headers)).toBeUndefined();
});

test('who is not known any more is left to Apollo', async () => {
  expect(await knownOperations().answer({ ...HEADERS }, { query: '{ tags }' }, () => undefined)).toBeUndefined();
});

test('a text that is too long to keep is not kept', async () => {
  const known = knownOperations();
  const query = `{ tags } #${'x'.repeat(20_000)}`;
  known.learn(
    query,
    undefined,
    answering(async () => '1'),
  );
  expect(await known.answer({ ...HEADERS }, { query }, () => context)).toBeUndefined();
});

const mutationFailingWith = (error: Error) => {
  const known = knownOperations();
  const operation = answering(async () => {
    throw error;
  });
  known.learn('mutation { x }', undefined, { ...operation, type: 'mutation' });
  return known.answer({ ...HEADERS }, { query: 'mutation { x }' }, () => context);
};

test.each([new NeedsExecution(), new Unproven()])(
  'a mutation that did nothing is left to Apollo: %s',
  async (error) => {
    expect(await mutationFailingWith(error)).toBeUndefined();
  },
);

test('a mutation that has failed is not to be done again', async () => {
  const error = new Error('connection lost in the commit');
  expect(await mutationFailingWith(error)).toEqual(new KnownFailure(error));
});
