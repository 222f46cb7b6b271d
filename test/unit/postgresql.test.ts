import { expect, test } from 'vitest';
import { StatementNames } from '../../src/database/prepared-statements.js';

test('a text keeps its name, and the one that has not run for longest makes room', () => {
  const dropped: string[] = [];
  const names = new StatementNames((name) => dropped.push(name), 2);
  const [a, b] = [names.of('a'), names.of('b')];
  expect(names.of('a')).toBe(a);
  expect(dropped).toEqual([]);
  const c = names.of('c');
  expect(dropped).toEqual([b]);
  expect(names.of('a')).toBe(a);
  expect(new Set([a, b, c, names.of('b')]).size).toBe(4);
  expect(dropped).toEqual([b, c]);
});
