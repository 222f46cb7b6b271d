import { expect, test } from 'vitest';
import { useService } from '../support/service.js';

const service = useService();

test('a failed mutation beside good ones leaves nothing behind, and takes nothing with it', async () => {
  const answer = await service.admin(`mutation {
    first: createTag(input: { name: "First" }) { id }
    second: createTag(input: { name: "FIRST", slug: "second" }) { id }
  }`);
  expect(answer).toFailWith({ code: 'CONFLICT', path: ['second'] });

  const third = await service.admin('mutation { createTag(input: { name: "Third" }) { name } }');
  expect(third).toSucceed();
  const { data } = await service.anonymous('{ tags(orderBy: { field: NAME }) { totalCount nodes { name slug } } }');
  expect(data.tags).toEqual({
    totalCount: 2,
    nodes: [
      { name: 'First', slug: 'first' },
      { name: 'Third', slug: 'third' },
    ],
  });
});
