import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { hasEnded, newWorkerName } from '../../src/delivery/worker-name.js';

const own = newWorkerName();
const [system = ''] = own.split(' ');
const ended = spawnSync(process.execPath, ['--version']).pid;
// Other systems do not tell which processes are theirs.
const isKnown = existsSync('/proc/self/ns/pid');

test('a process of this system that has ended is known to have', () => {
  expect(hasEnded(`${system} ${ended} run`, own)).toBe(isKnown);
  expect(hasEnded(`${system} ${process.pid} an earlier run under the same number`, own)).toBe(isKnown);
});

test.each([
  ['itself', own],
  ['one that runs', `${system} ${process.ppid} run`],
  ['one of another system', `elsewhere/1 ${ended} run`],
  ['one of a system that does not say so', `- ${ended} run`],
  ['something else', 'nobody'],
])('%s has not, as far as one knows', (_who, worker) => {
  expect(hasEnded(worker, own)).toBe(false);
});
