import { expect, test } from 'vitest';
import { OperationNames } from '../../src/telemetry/operation-labels.js';

const query = (name?: string) => ({ type: 'query' as const, name });

test('made-up names share one label once there are too many', () => {
  const names = new OperationNames(2);
  const labels = ['A', 'B', 'C', 'A', 'D'].map((name) => names.labelsOf(query(name)).operation);
  expect(labels).toEqual(['A', 'B', 'other', 'A', 'other']);
});

test('a name that is too long, none, and a document that is not valid', () => {
  const names = new OperationNames();
  expect(names.labelsOf(query('x'.repeat(81)))).toEqual({ type: 'query', operation: 'other' });
  expect(names.labelsOf(query())).toEqual({ type: 'query', operation: 'anonymous' });
  expect(names.labelsOf({ type: undefined, name: undefined })).toEqual({ type: 'none', operation: 'none' });
});
