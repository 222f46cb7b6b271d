import { describe, expect, test } from 'vitest';
import { catalogueOf, contentsOf, dataOf, operationsOf } from '../support/catalogue.js';
import { useService } from '../support/service.js';

const service = useService();
const given = catalogueOf(service.admin);
const admin = operationsOf(service.admin);

describe.each([
  ['product', 'updateProduct', 'deleteProduct'],
  ['tag', 'updateTag', 'deleteTag'],
  ['category', 'updateCategory', 'deleteCategory'],
] as const)('the version of a %s', (noun, update, remove) => {
  test('counts up by one at each change', async () => {
    const made = await given[noun]();
    const versions: number[] = [made.version];
    for (const name of ['One', 'Two', 'Three']) {
      versions.push(dataOf(await admin[noun].update(made.id, { name }))[update].version);
    }
    expect(versions).toEqual([1, 2, 3, 4]);
  });

  test('lets through who has seen the latest', async () => {
    const made = await given[noun]();
    expect(dataOf(await admin[noun].update(made.id, { name: 'Four' }, 1))[update].version).toBe(2);
    expect(dataOf(await admin[noun].update(made.id, { name: 'Five' }, 2))[update].version).toBe(3);
    expect(dataOf(await admin[noun].update(made.id, { name: 'Six' }, null))[update].version).toBe(4);
    expect(dataOf(await admin[noun].delete(made.id, 4))[remove].version).toBe(4);
    expect(await admin[noun].read(made.id)).toBeNull();
  });

  test.each([0, -1, 1, 3, 2_147_483_647])('refuses %d where it is 2', async (expectedVersion) => {
    const made = await given[noun]();
    await admin[noun].update(made.id, { slug: `${made.slug}-seen` });
    const before = await contentsOf(service.admin);

    const changed = await admin[noun].update(made.id, { name: 'Late' }, expectedVersion);
    expect(changed).toFailWith({ code: 'VERSION_CONFLICT', path: [update] });
    expect(changed.errors?.[0]?.extensions).toEqual({ code: 'VERSION_CONFLICT', expectedVersion, version: 2 });
    expect(await admin[noun].delete(made.id, expectedVersion)).toFailWith({ code: 'VERSION_CONFLICT', path: [remove] });

    expect(await contentsOf(service.admin)).toEqual(before);
    dataOf(await admin[noun].delete(made.id, 2));
  });

  test('is asked for even where nothing would change', async () => {
    const made = await given[noun]();
    expect(await admin[noun].update(made.id, {}, 7)).toFailWith({ code: 'VERSION_CONFLICT', path: [update] });
  });
});

test('a version that is no 32-bit number is bad input', async () => {
  const made = await given.tag();
  expect(await admin.tag.update(made.id, { name: 'X' }, 2_147_483_648)).toFailWith({
    code: 'BAD_USER_INPUT',
    fields: ['expectedVersion'],
  });
});
