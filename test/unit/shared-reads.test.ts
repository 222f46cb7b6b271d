import { expect, test } from 'vitest';
import { SharedReads } from '../../src/event/shared-reads.js';

const statement = { sql: 'select 1' };

test('reads of the same at the same time are one, and later ones another', async () => {
  const reads = new SharedReads();
  let done = 0;
  const read = async () => String((done += 1));
  const share = (...values: unknown[]) => reads.share({ statement, values }, read);
  expect(await Promise.all([share(1), share(1), share(2)])).toEqual(['1', '1', '2']);
  expect(await share(1)).toBe('3');
});

test('one that fails is tried again by who comes later', async () => {
  const reads = new SharedReads();
  const failing = reads.share({ statement, values: [] }, () => Promise.reject(new Error('away')));
  await expect(failing).rejects.toThrow('away');
  expect(await reads.share({ statement, values: [] }, async () => 'here')).toBe('here');
});
