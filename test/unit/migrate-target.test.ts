import { describe, expect, test } from 'vitest';
import { MigrationError } from '../../src/migrator/migration-error.js';
import { resolveTarget } from '../../src/migrator/target.js';

const NAMES = ['20260101000000-initial', '20260202000000-add', '20260202000001-add-brand', '20260303000000'];

describe('a target', () => {
  test.each([
    ['base', 2, 0],
    ['head', 2, 4],
    ['+0', 2, 2],
    ['+2', 2, 4],
    ['-2', 2, 0],
    ['-1', 4, 3],
    ['20260202000000-add', 0, 2],
    ['20260202000000', 0, 2],
    // A whole name before the beginning of another one.
    ['add', 0, 2],
    ['add-', 0, 3],
    ['20260303', 0, 4],
    ['2026010', 0, 1],
    ['i', 0, 1],
  ])('%s from %i is %i', (target, current, point) => {
    expect(resolveTarget(target, NAMES, current)).toBe(point);
  });

  test.each([
    ['', 0, 'There is no migration "".'],
    ['brand', 0, 'There is no migration "brand".'],
    ['Add', 0, 'There is no migration "Add".'],
    ['2', 0, '"2" may be any of these migrations; say more of the name:'],
    ['ad', 0, '"ad" may be any of these migrations'],
    ['2026020200000', 0, '"2026020200000" may be any of these migrations'],
    ['+3', 2, 'There is no +3: there are 2 to apply.'],
    ['-3', 2, 'There is no -3: there are 2 to revert.'],
    ['+1.5', 0, 'There is no migration "+1.5".'],
    ['+', 0, 'There is no migration "+".'],
  ])('%j from %i is refused', (target, current, message) => {
    expect(() => resolveTarget(target, NAMES, current)).toThrow(MigrationError);
    expect(() => resolveTarget(target, NAMES, current)).toThrow(message);
  });

  test('names those that there are', () => {
    expect(() => resolveTarget('x', NAMES.slice(0, 2), 0)).toThrow(
      'There is no migration "x". There are:\n  20260101000000-initial\n  20260202000000-add',
    );
    expect(() => resolveTarget('x', [], 0)).toThrow('There is no migration "x". There are none yet.');
  });
});
