import { expect, test } from 'vitest';
import { readConfig } from '../../src/config.js';
import { OperationLog } from '../../src/telemetry/operation-log.js';
import { OperationRecord } from '../../src/telemetry/operation-record.js';
import { createRecordedLog } from '../support/recorded-log.js';

function linesOf(environment: Record<string, string>, milliseconds: number, logLevel = 'info') {
  const { log, lines } = createRecordedLog(logLevel);
  const operations = new OperationLog(log, readConfig(environment).operationLog);
  const record = new OperationRecord('r1');
  record.name = 'Shelf';
  operations.noteOperation(record, milliseconds);
  operations.noteStatement(record, `select * from tags where name = 'hunter2'`, milliseconds);
  return lines.map(({ level, msg, operation, ms, sql }) => ({ level, msg, operation, ms, sql }));
}

test('what is slow is a warning, a statement without its values', () => {
  expect(linesOf({}, 1234.567)).toEqual([
    { level: 40, msg: 'slow operation', operation: 'Shelf', ms: 1234.57 },
    { level: 40, msg: 'slow statement', operation: 'Shelf', ms: 1234.57, sql: 'select * from tags where name = ?' },
  ]);
});

test('what is fast is a line at the configured level only', () => {
  expect(linesOf({}, 12)).toEqual([]);
  expect(linesOf({}, 12, 'debug')).toMatchObject([{ level: 20, msg: 'operation' }]);
  expect(linesOf({ OPERATION_LOG: 'info' }, 12)).toMatchObject([{ level: 30, msg: 'operation' }]);
});

test('no threshold, no warning', () => {
  expect(linesOf({ SLOW_OPERATION_MS: '0', SLOW_SQL_MS: '0' }, 1e6)).toEqual([]);
});
