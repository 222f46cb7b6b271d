import { readFileSync } from 'node:fs';
import { buildSchema, findBreakingChanges } from 'graphql';
import { expect, test } from 'vitest';
import { buildCatalogSchema } from '../../src/schema.js';

test('the API has all that was agreed on', () => {
  const contract = buildSchema(readFileSync('test/support/contract.graphql', 'utf8'));
  expect(findBreakingChanges(contract, buildCatalogSchema())).toEqual([]);
});
