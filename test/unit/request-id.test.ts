import { expect, test } from 'vitest';
import { requestIdOf } from '../../src/request-id.js';

test.each(['a', 'Root=1-67891233.abcdef012345678912345678'.replace('=', '-'), 'x'.repeat(100)])(
  'a client names its request %s',
  (id) => {
    expect(requestIdOf({ 'x-request-id': id })).toBe(id);
  },
);

test.each([undefined, '', 'two words', 'line\nbreak', 'x'.repeat(101), '"quoted"', 'ü'])(
  'a request named %j gets a name of its own',
  (id) => {
    expect(requestIdOf({ 'x-request-id': id })).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
  },
);
