import { globSync, readFileSync } from 'node:fs';
import { parse } from 'graphql';
import { beforeAll, expect, test } from 'vitest';
import { readExample } from '../../browser/operations.js';
import { importDemo } from '../support/demo.js';
import { useService } from '../support/service.js';
import { watch } from '../support/subscriptions.js';

const service = useService();
const files = globSync('browser/operations/*.graphql').sort();

beforeAll(async () => {
  await importDemo(service);
  const input = {
    username: 'demo-admin',
    password: 'the password that the demo printed',
    firstName: 'A',
    lastName: 'B',
  };
  await service.admin('mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }', { input });
});

const firstOf = async (text: string) => {
  const watched = watch(service, text, { token: service.adminToken });
  const [answer] = await watched.first(1);
  watched.stop();
  return answer ?? { data: {} };
};

test.each(files)('%s runs as it stands, and finds something', async (file) => {
  const { text, title, description, kind } = readExample(readFileSync(file, 'utf8'));
  expect(title).not.toBe('');
  expect(description).toMatch(/\.$/);
  expect(parse(text).definitions).toHaveLength(1);
  const { data, errors } = kind === 'subscription' ? await firstOf(text) : await service.admin(text);
  expect(errors).toBeUndefined();
  for (const value of Object.values(data)) {
    expect(value).not.toBeNull();
    expect(value).not.toMatchObject({ totalCount: 0 });
  }
});
