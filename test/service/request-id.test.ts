import { expect, test } from 'vitest';
import { createRecordedLog } from '../support/recorded-log.js';
import { rawQuery } from '../support/raw-query.js';
import { type Answer, useService } from '../support/service.js';

const { log, lines } = createRecordedLog();
const service = useService({ NODE_ENV: 'production', AUTH_SECRET: 'x'.repeat(32) }, log);

async function ask(query: string, headers: Record<string, string> = {}) {
  const response = await fetch(service.server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: query.startsWith('{"') ? query : JSON.stringify({ query }),
  });
  return { id: response.headers.get('x-request-id'), text: await response.text() };
}

test.each([
  ['a query', '{ tags { totalCount } }'],
  ['a mutation', 'mutation { logout }'],
  ['a wrong document', '{ nothing }'],
])('the answer to %s has the id that the client gave, each time', async (_, query) => {
  for (const given of ['first', 'second', 'third']) {
    expect((await ask(query, { 'x-request-id': given })).id).toBe(given);
  }
});

test.each<[string, string, Record<string, string>]>([
  ['a document that is none', '{', {}],
  ['a field that is not there', '{ nothing }', {}],
  ['a wrong value', 'mutation { login(username: 1, password: 2) { accessToken } }', {}],
  ['a refused field', '{ users { totalCount } }', {}],
  ['a wrong token', '{ tags { totalCount } }', { authorization: 'Bearer wrong' }],
  ['a request without a query', '{"variables":{}}', {}],
  ['a request that is no JSON', '{"query":', {}],
  ['a persisted query of another version', '{"extensions":{"persistedQuery":{"version":9}}}', {}],
])('an error says the id: %s', async (_, query, headers) => {
  const { id, text } = await ask(query, headers);
  const { errors } = JSON.parse(text) as Answer;
  expect(id).toMatch(/^[\w-]{36}$/);
  expect(errors?.length).toBeGreaterThan(0);
  for (const { extensions } of errors ?? []) {
    expect(extensions.requestId).toBe(id);
    expect(extensions.code).not.toBe('INTERNAL_SERVER_ERROR');
  }
});

test('of an error that nobody expected the client reads the id, and the log has the rest under it', async () => {
  await rawQuery(service.server.database, 'alter table tags rename to elsewhere');
  try {
    const { text } = await ask('{ tags { nodes { name } } }', { 'x-request-id': 'broken.1' });
    expect(JSON.parse(text)).toEqual({
      data: null,
      errors: [
        {
          message: 'Internal server error',
          locations: [{ line: 1, column: 3 }],
          path: ['tags'],
          extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: 'broken.1' },
        },
      ],
    });
    const told = lines.filter(({ requestId }) => requestId === 'broken.1');
    expect(told.map(({ msg }) => msg)).toEqual(['unexpected error']);
    expect(JSON.stringify(told)).toContain('tags');
  } finally {
    await rawQuery(service.server.database, 'alter table elsewhere rename to tags');
  }
});

test.each([
  'mutation { login(username: "a", password: "b" "hunter2") { accessToken } }',
  'mutation { login(username: "a", password: """b""" """hunter2""") { accessToken } }',
  'mutation { login(username: "a", password: { of: "hunter2" }) { accessToken } }',
  'mutation { login(username: "a", password: ["hunter2"]) { accessToken } }',
  'mutation { register(input: "hunter2") { accessToken } }',
  'mutation { updateUser(id: 1, input: { role: "hunter2" }) { id } }',
  'mutation ($p: String = ["hunter2"]) { login(username: "a", password: $p) { accessToken } }',
  '{"query":"mutation ($p: String!) { login(username: \\"a\\", password: $p) { accessToken } }","variables":{"p":["hunter2"]}}',
  '{"query":"mutation ($i: RegisterInput!) { register(input: $i) { accessToken } }","variables":{"i":{"password":{"x":"hunter2"}}}}',
  '{"query":"mutation ($i: RegisterInput!) { register(input: $i) { accessToken } }","variables":{"i":"hunter2"}}',
])('no error repeats a value that may be a password: %s', async (query) => {
  const { text } = await ask(query);
  expect(text).toContain('"errors"');
  expect(text).not.toContain('hunter2');
});
