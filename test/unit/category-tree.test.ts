import { expect, test } from 'vitest';
import { isWithin, levelOf, pathBehind, pathBelow, ROOT_PATH } from '../../src/category/category-tree.js';

const kitchen = { id: 1, ancestorPath: '/' };
const cups = { id: 5, ancestorPath: '/1/' };
const mugs = { id: 12, ancestorPath: '/1/5/' };
const garden = { id: 11, ancestorPath: '/' };

test('a path names the ids from the root down', () => {
  expect(pathBelow(null)).toBe(ROOT_PATH);
  expect([kitchen, cups, mugs].map(pathBelow)).toEqual(['/1/', '/1/5/', '/1/5/12/']);
});

test('a level counts the categories above', () => {
  expect([kitchen, cups, mugs].map(({ ancestorPath }) => levelOf(ancestorPath))).toEqual([0, 1, 2]);
});

test('a category is within itself and all above it, and nothing else', () => {
  expect(isWithin(mugs, mugs)).toBe(true);
  expect(isWithin(mugs, cups)).toBe(true);
  expect(isWithin(mugs, kitchen)).toBe(true);
  expect(isWithin(kitchen, mugs)).toBe(false);
  expect(isWithin(garden, kitchen)).toBe(false);
  expect(isWithin({ id: 2, ancestorPath: '/11/' }, kitchen)).toBe(false);
});

test('the paths of a subtree are a range, and those of a similar id are outside', () => {
  const [from, to] = [pathBelow(kitchen), pathBehind(pathBelow(kitchen))];
  const isInside = (path: string) => path >= from && path < to;
  expect(['/1/', '/1/5/', '/1/5/12/', '/1/99/'].filter(isInside)).toHaveLength(4);
  expect(['/', '/10/', '/11/', '/2/', '/12/1/'].filter(isInside)).toEqual([]);
});
