import { expect, test } from 'vitest';
import { currentOperation, OperationRecord, whileAnswering } from '../../src/telemetry/operation-record.js';

test('what answers a request finds its record, after it has waited, too', async () => {
  const answer = async () => {
    await new Promise(setImmediate);
    return currentOperation()?.requestId;
  };
  const answering = (id: string) => whileAnswering(new OperationRecord(id), answer);
  expect(await Promise.all([answering('a'), answering('b'), answer()])).toEqual(['a', 'b', undefined]);
});
