import { readFileSync } from 'node:fs';
import { Kind, parse, print } from 'graphql';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningServer, startServer } from '../../src/server.js';
import { createLog } from '../../src/log.js';
import { useDatabases } from '../support/filled-database.js';
import { type Client, clientOf, makeAdministrator, testConfig } from '../support/service.js';
import { watch } from '../support/subscriptions.js';

const readme = readFileSync('README.md', 'utf8');

/** What the operations of the README fail with where they are sent as they stand: they hold no password. */
const EXPECTED: Readonly<Record<string, string>> = { SignIn: 'INVALID_CREDENTIALS' };

const blocks = [...readme.matchAll(/^```graphql\n([^]*?)^```/gm)].map(([, text = '']) => text);
const sent = [...readme.matchAll(/-d '(\{[^']*\})'/g)].map(([, body = '']) => JSON.parse(body) as { query: string });

/** Each operation by itself, with its name. */
const operations = [...blocks, ...sent.map(({ query }) => query)].flatMap((text) => {
  const found = parse(text).definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  return found.map((operation) => {
    const query = print(operation);
    return [operation.name?.value ?? query.replaceAll(/\s+/g, ' ').slice(0, 60), query] as const;
  });
});

const databases = useDatabases();
let server: RunningServer;
let admin: Client;

beforeAll(async () => {
  server = await startServer(testConfig(databases.untouched().url), createLog({ logLevel: 'silent' }));
  admin = clientOf(server.url, await makeAdministrator(server));
});
afterAll(() => server.stop());

const firstOf = async (query: string) => {
  const watched = watch({ server }, query);
  const [answer] = await watched.first(1);
  watched.stop();
  return { errors: answer?.errors };
};

test.each(operations)('what the README asks is answered: %s', async (name, query) => {
  const { errors } = query.startsWith('subscription') ? await firstOf(query) : await admin(query);
  const codes = errors?.map(({ extensions }) => extensions.code) ?? [];
  expect(codes).toEqual(EXPECTED[name] ? [EXPECTED[name]] : []);
});

test('there is something to ask', () => {
  expect(operations.length).toBeGreaterThan(4);
});
