import { expect, test } from 'vitest';
import { appliedOf, assertConsistent, compareHistory, pendingOf } from '../../src/migrator/history.js';
import { MigrationError } from '../../src/migrator/migration-error.js';

const file = (name: string, checksum = `of ${name}`) => ({ name, up: [], down: [], marks: {}, checksum });
const row = (name: string, checksum: string | null = `of ${name}`) => ({
  name,
  checksum,
  appliedAt: new Date(0),
  milliseconds: null,
});
const problems = (...given: Parameters<typeof compareHistory>) =>
  compareHistory(...given).map(({ name, problem }) => [name, problem]);

test('what is applied in order has no problem, and what is newer is pending', () => {
  const history = compareHistory([file('a'), file('b'), file('c')], [row('a'), row('b')]);
  expect(history.map(({ problem }) => problem)).toEqual([undefined, undefined, undefined]);
  expect(appliedOf(history).map(({ name }) => name)).toEqual(['a', 'b']);
  expect(pendingOf(history).map(({ name }) => name)).toEqual(['c']);
  expect(() => assertConsistent(history)).not.toThrow();
});

test('is in the order of names, whatever the order in which they were applied', () => {
  expect(problems([file('a'), file('b')], [row('b'), row('a')])).toEqual([
    ['a', undefined],
    ['b', undefined],
  ]);
});

test('tells what was edited, unless nobody noted what it was', () => {
  expect(problems([file('a', 'x'), file('b', 'x')], [row('a'), row('b', null)])).toEqual([
    ['a', 'edited'],
    ['b', undefined],
  ]);
});

test('tells what is missing, also where it is the newest', () => {
  expect(problems([file('b')], [row('a'), row('b'), row('c')])).toEqual([
    ['a', 'missing'],
    ['b', undefined],
    ['c', 'missing'],
  ]);
});

test('tells what came late', () => {
  expect(problems([file('a'), file('b'), file('c')], [row('b')])).toEqual([
    ['a', 'late'],
    ['b', undefined],
    ['c', undefined],
  ]);
});

test('names each problem in the error', () => {
  const history = compareHistory([file('a'), file('b', 'x')], [row('b'), row('c')]);
  expect(() => assertConsistent(history)).toThrow(
    new MigrationError(
      [
        'The migrations and the database disagree; nothing was changed:',
        '  a is older than the newest that was applied, but was not applied itself',
        '  b was edited after it was applied',
        '  c was applied, but has no file here',
        'Bring back the files that were applied. Where the database is right as it is, `catalog migrate stamp` notes so.',
      ].join('\n'),
    ),
  );
});
