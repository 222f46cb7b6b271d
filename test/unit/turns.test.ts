import { expect, test } from 'vitest';
import { Turns } from '../../src/shared/turns.js';

test('one at a time, in the order of asking', async () => {
  const turns = new Turns();
  const order: string[] = [];
  const work = async (name: string) => {
    await turns.take();
    order.push(`${name} begins`);
    await new Promise(setImmediate);
    order.push(`${name} ends`);
    turns.end();
  };
  await Promise.all(['a', 'b', 'c'].map(work));
  expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
  await turns.take();
});
