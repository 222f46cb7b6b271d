import { expect, test } from 'vitest';
import { readConfig } from '../../src/config.js';
import { checkConfiguration } from '../../src/doctor/configuration.check.js';

const SECRET = 'iZ3nTDqHrPvJ0wFZyb6lXc9aKs1oUe7M';
const PRODUCTION = { NODE_ENV: 'production', AUTH_SECRET: SECRET };

/** What is not as it should be. */
const findingsOf = (environment: Record<string, string>) =>
  checkConfiguration(readConfig(environment))
    .filter(({ level }) => level !== 'ok')
    .map(({ check, level }) => `${check}: ${level}`);

test('what is made for a trial, and what is made for production, is well', () => {
  expect(findingsOf({})).toEqual([]);
  expect(findingsOf(PRODUCTION)).toEqual([]);
  expect(findingsOf({ ...PRODUCTION, HOST: '0.0.0.0', DATABASE_URL: 'postgres://db/shop' })).toEqual([]);
});

test.each([
  ['no secret in production', { NODE_ENV: 'production' }, 'secret: problem'],
  ['a secret that can be guessed', { AUTH_SECRET: 'x'.repeat(40) }, 'secret: warning'],
  ['open to others, and not for production', { HOST: '0.0.0.0' }, 'mode: warning'],
  ['a server, and not for production', { DATABASE_URL: 'postgres://db/shop' }, 'mode: warning'],
  ['writes that may be lost', { ...PRODUCTION, SQLITE_SYNCHRONOUS: 'NORMAL' }, 'durability: warning'],
])('%s is told', (_, environment, finding) => {
  expect(findingsOf(environment)).toEqual([finding]);
});

test('the database is named without user and password', () => {
  const [finding] = checkConfiguration(readConfig({ DATABASE_URL: 'postgres://rick:hunter2@db:5432/shop' }));
  expect(finding?.message).toBe('development, PostgreSQL: shop at db:5432');
});
