import { expect, test } from 'vitest';
import type { CompiledQuery } from '../../src/compiled-query.js';
import type { Context } from '../../src/context.js';
import { KnownQueries } from '../../src/known-queries.js';

const HEADERS = { 'content-type': 'application/json' };
const context = {} as Context;
const answering = (answer: () => Promise<string>) => ({ answer }) as unknown as CompiledQuery;

function knownQueries(): KnownQueries {
  const known = new KnownQueries((_, { tooMuch }) => !tooMuch);
  known.learnAccept(undefined, 'application/json; charset=utf-8');
  known.learnQuery(
    '{ tags }',
    undefined,
    answering(async () => '{"tags":1}'),
  );
  known.learnQuery(
    '{ fails }',
    undefined,
    answering(() => Promise.reject(new Error('no'))),
  );
  return known;
}

const answerTo = async (body: unknown, headers: object = HEADERS) =>
  (await knownQueries().answer({ ...headers }, body, () => context))?.text;

test('a query that was answered once is answered again', async () => {
  expect(await answerTo({ query: '{ tags }' })).toBe('{"data":{"tags":1}}\n');
  expect(await answerTo({ query: '{ tags }', variables: {}, operationName: null })).toBe('{"data":{"tags":1}}\n');
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
])('%s is left to Apollo', async (_what, headers) => {
  expect(await answerTo({ query: '{ tags }' }, headers)).toBeUndefined();
});

test('who is not known any more is left to Apollo', async () => {
  expect(await knownQueries().answer({ ...HEADERS }, { query: '{ tags }' }, () => undefined)).toBeUndefined();
});

test('a text that is too long to keep is not kept', async () => {
  const known = knownQueries();
  const query = `{ tags } #${'x'.repeat(20_000)}`;
  known.learnQuery(
    query,
    undefined,
    answering(async () => '1'),
  );
  expect(await known.answer({ ...HEADERS }, { query }, () => context)).toBeUndefined();
});
