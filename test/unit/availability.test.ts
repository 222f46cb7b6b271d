import { expect, test } from 'vitest';
import { asAvailability } from '../../src/database/availability.js';
import { UnavailableError } from '../../src/errors.js';

const errorWith = (properties: object) => Object.assign(new Error('secret words'), properties);

test.each([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  '08006',
  '57P01',
  '57P03',
  '53300',
  '53100',
  '25006',
  '28P01',
  '58030',
  '3D000',
  'SQLITE_BUSY',
  'SQLITE_FULL',
  'SQLITE_IOERR_WRITE',
  'SQLITE_CORRUPT_VTAB',
])('a database that fails with %s is away', (code) => {
  const error = errorWith({ code });
  const away = asAvailability(error);
  expect(away).toBeInstanceOf(UnavailableError);
  expect((away as Error).message).not.toContain('secret');
  expect((away as Error).cause).toBe(error);
  expect(asAvailability(errorWith({ cause: error }))).toBeInstanceOf(UnavailableError);
});

test('so is one whose driver tells by words', () => {
  expect(asAvailability(new Error('Connection terminated unexpectedly'))).toBeInstanceOf(UnavailableError);
});

test.each([
  errorWith({ code: '23505' }),
  errorWith({ code: 'SQLITE_CONSTRAINT' }),
  new Error('a fault'),
  'a word',
  null,
])('another error stays what it is: %s', (error) => {
  expect(asAvailability(error)).toBe(error);
});
