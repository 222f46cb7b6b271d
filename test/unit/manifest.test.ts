import { describe, expect, test } from 'vitest';
import { idOfText, problemsOf, readOperations } from '../../src/operation/manifest.js';
import { buildCatalogSchema } from '../../src/schema.js';

const TAGS = 'query Tags { tags { totalCount } }';

describe('the operations of a build', () => {
  test("are read from Apollo's manifest", () => {
    const manifest = {
      format: 'apollo-persisted-query-manifest',
      version: 1,
      operations: [{ id: 'abc', name: 'Tags', type: 'query', body: TAGS }],
    };
    expect(readOperations('manifest.json', JSON.stringify(manifest))).toEqual([
      { id: 'abc', name: 'Tags', text: TAGS },
    ]);
  });

  test("are read from Relay's persisted documents", () => {
    const documents = { d41d8: TAGS, '0cc17': '{ me { id } }' };
    expect(readOperations('persisted.json', JSON.stringify(documents))).toEqual([
      { id: 'd41d8', name: 'Tags', text: TAGS },
      { id: '0cc17', name: null, text: '{ me { id } }' },
    ]);
  });

  test('are read from a document, whose hash is the id', () => {
    expect(readOperations('tags.graphql', TAGS)).toEqual([{ id: idOfText(TAGS), name: 'Tags', text: TAGS }]);
    expect(idOfText(TAGS)).toMatch(/^[\da-f]{64}$/);
  });

  test.each([
    ['a.json', '[]'],
    ['a.json', 'null'],
    ['a.json', '{"a":1}'],
    ['a.json', '{"operations":[{"id":1,"body":"{ a }"}]}'],
    ['a.json', '{"operations":[null]}'],
    ['a.json', '{'],
    ['a.json', '{"a":"{"}'],
    ['a.graphql', 'query {'],
  ])('are not in %s with %s', (path, content) => {
    expect(() => readOperations(path, content)).toThrow(path);
  });

  test('have to be valid', () => {
    const schema = buildCatalogSchema();
    expect(problemsOf(schema, { id: 'a', name: null, text: TAGS })).toEqual([]);
    expect(problemsOf(schema, { id: 'a', name: null, text: '{ nothing }' })[0]).toContain('nothing');
  });
});
