import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createRecordedLog } from '../support/recorded-log.js';
import { startTestService, type TestService } from '../support/service.js';
import { watch } from '../support/subscriptions.js';

const { log, lines } = createRecordedLog('debug');
let service: TestService;

beforeAll(async () => {
  service = await startTestService({}, log);
});
afterAll(() => service.stop());
beforeEach(() => void lines.splice(0));

/** The lines about operations, without what pino adds, once there are so many: an answer may be there before its line is. */
async function told(count: number): Promise<Record<string, unknown>[]> {
  const ofPino = new Set(['level', 'time', 'pid', 'hostname', 'msg']);
  const ofOperations = () => lines.filter(({ msg }) => msg === 'operation');
  await expect.poll(() => ofOperations().length).toBe(count);
  return ofOperations().map((line) => Object.fromEntries(Object.entries(line).filter(([name]) => !ofPino.has(name))));
}

async function send(body: unknown, headers: Record<string, string> = {}): Promise<void> {
  const response = await fetch(service.server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-request-id': 'r1', ...headers },
    body: JSON.stringify(body),
  });
  await response.text();
}

const aLine = (line: object) => ({ requestId: 'r1', ms: expect.any(Number), statements: 1, outcome: 'OK', ...line });

test('a query is a line, asked for the first time and known', async () => {
  const query = 'query Shelf { tags { totalCount } products { totalCount } }';
  for (let time = 1; time <= 3; time += 1) await send({ query });
  const line = aLine({ type: 'query', operation: 'Shelf', statements: 2 });
  expect(await told(3)).toEqual([line, line, line]);
});

test('a mutation is a line with its statements and who asked, and without a value', async () => {
  const query = 'mutation Make($name: String!) { createTag(input: { name: $name }) { id } }';
  await service.admin(query, { name: 'hunter2' });
  const [line] = await told(1);
  expect(line).toMatchObject({ type: 'mutation', operation: 'Make', outcome: 'OK', viewer: expect.any(Number) });
  expect(line?.statements).toBeGreaterThan(2);
  expect(JSON.stringify(lines)).not.toContain('hunter2');
});

test.each([
  [
    'a field that fails',
    { query: 'mutation Gone { deleteTag(id: 99) { id } }' },
    { type: 'mutation', operation: 'Gone', statements: 0, outcome: ['UNAUTHENTICATED'] },
  ],
  [
    'a document that is not valid',
    { query: 'query MadeUp { nothing }' },
    { statements: 0, outcome: ['GRAPHQL_VALIDATION_FAILED'] },
  ],
  ['a document that is none', { query: '{' }, { statements: 0, outcome: ['GRAPHQL_PARSE_FAILED'] }],
  ['no query', {}, { statements: 0, outcome: ['BAD_REQUEST'] }],
])('%s is a line with the codes', async (_, body, line) => {
  await send(body);
  expect(await told(1)).toEqual([aLine(line)]);
});

test('a wrong token is a line, and a preflight is none', async () => {
  await send({ query: '{ tags { totalCount } }' }, { authorization: 'Bearer wrong' });
  await fetch(service.server.url, { method: 'OPTIONS' });
  expect((await told(1)).map(({ outcome }) => outcome)).toEqual([['UNAUTHENTICATED']]);
});

test('a subscription is a line when it begins and one when it ends, with what it has told of', async () => {
  const lineOf = (message: string) => lines.find(({ msg }) => msg === message);
  const watched = watch(service, 'subscription Hear { eventAdded { id } }', { token: service.adminToken });
  await expect.poll(() => lineOf('subscription')).toBeDefined();
  const begun = {
    requestId: expect.any(String),
    operation: 'Hear',
    transport: 'websocket',
    viewer: expect.any(Number),
  };
  expect(lineOf('subscription')).toMatchObject(begun);
  await service.admin('mutation { createTag(input: { name: "heard" }) { id } }');
  await watched.first(1);
  watched.stop();
  await expect.poll(() => lineOf('subscription ended')).toBeDefined();
  // Its session and where the events end, then the event.
  const ended = { ...begun, type: 'subscription', outcome: 'OK', events: 1, ms: expect.any(Number) };
  expect(lineOf('subscription ended')).toMatchObject({ ...ended, requestId: lineOf('subscription')?.['requestId'] });
  expect(lineOf('subscription ended')?.['statements']).toBeGreaterThan(1);
});

test('several operations at once keep their statements apart', async () => {
  await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      index % 2 === 0
        ? send({ query: 'query One { tags { totalCount } }' })
        : service.admin('query Two { tags { totalCount } categories { totalCount } }'),
    ),
  );
  const noted = await told(20);
  const counts = (name: string) =>
    new Set(noted.filter(({ operation }) => operation === name).map(({ statements }) => statements));
  expect(counts('One')).toEqual(new Set([1]));
  // The session of who is signed in is looked up by a statement of its own, or proved by the others.
  expect([...counts('Two')].every((count) => count === 2 || count === 3)).toBe(true);
});
