import { Kind } from 'graphql';
import { expect, test } from 'vitest';
import { DateTime, instantWithin, parseDateTime } from '../../src/shared/date-time.js';

test.each([
  ['2026-11-20T15:21:08.000Z', '2026-11-20T15:21:08.000Z'],
  ['2026-11-20T15:21:08Z', '2026-11-20T15:21:08.000Z'],
  ['2026-11-20t15:21:08z', '2026-11-20T15:21:08.000Z'],
  ['2026-11-20T15:21:08+03:00', '2026-11-20T12:21:08.000Z'],
  ['2026-01-01T00:30:00+01:00', '2025-12-31T23:30:00.000Z'],
  ['2026-11-20T15:21:08-00:00', '2026-11-20T15:21:08.000Z'],
  ['2026-11-20T15:21:08.123456789Z', '2026-11-20T15:21:08.123Z'],
  ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000Z'],
  ['0001-01-01T00:00:00Z', '0001-01-01T00:00:00.000Z'],
  ['9999-12-31T23:59:59.999Z', '9999-12-31T23:59:59.999Z'],
])('reads %s', (text, instant) => {
  expect(parseDateTime(text).toISOString()).toBe(instant);
});

test.each([
  '',
  'now',
  '2026-11-20',
  '2026-11-20 15:21:08Z',
  '2026-11-20T15:21:08',
  '2026-11-20T15:21Z',
  '2026-13-01T00:00:00Z',
  '2026-02-30T00:00:00Z',
  '2025-02-29T00:00:00Z',
  '2026-00-10T00:00:00Z',
  '2026-11-20T24:00:00Z',
  '2026-11-20T25:00:00Z',
  '2026-11-20T15:60:00Z',
  '2026-11-20T15:21:08.Z',
  '2026-11-20T15:21:08+99:00',
  '0000-12-31T00:00:00Z',
  '9999-12-31T23:59:59-01:00',
  '+02026-11-20T15:21:08Z',
  1_795_274_468_000,
  null,
  new Date(0),
])('refuses %s', (value) => {
  expect(() => parseDateTime(value)).toThrow('must be an instant in RFC 3339');
});

test('takes a literal only in quotes', () => {
  const literal = (kind: Kind.STRING | Kind.INT, value: string) => DateTime.parseLiteral({ kind, value });
  expect(literal(Kind.STRING, '2026-11-20T15:21:08Z')).toEqual(new Date('2026-11-20T15:21:08Z'));
  expect(() => literal(Kind.INT, '2026')).toThrow('must be an instant');
});

test('writes UTC with milliseconds, and leaves alone what is written already', () => {
  expect(DateTime.serialize(new Date('2026-11-20T15:21:08Z'))).toBe('2026-11-20T15:21:08.000Z');
  expect(DateTime.serialize('2026-11-20T15:21:08.000Z')).toBe('2026-11-20T15:21:08.000Z');
});

test('knows the instants that both databases can hold', () => {
  expect(instantWithin(0)).toEqual(new Date(0));
  expect(instantWithin(Number.NaN)).toBeUndefined();
  expect(instantWithin(8.64e15)).toBeUndefined();
  expect(instantWithin(-8.64e15)).toBeUndefined();
});
