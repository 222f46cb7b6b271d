import { expect, test } from 'vitest';
import { isLoopback, networkOf } from '../../src/shared/network.js';

test.each([
  ['203.0.113.7', '203.0.113.7'],
  ['::ffff:203.0.113.7', '203.0.113.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8::6', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
])('%s is of the network %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});

test.each(['127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1'])('%s is the machine itself', (address) => {
  expect(isLoopback(address)).toBe(true);
});

test.each(['', '128.0.0.1', '10.127.0.1', '2001:db8::1', '::127.0.0.1', '1127.0.0.1'])('%s is not', (address) => {
  expect(isLoopback(address)).toBe(false);
});
