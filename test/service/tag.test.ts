import { describe, expect, test } from 'vitest';
import { catalogueOf, contentsOf, dataOf, operationsOf } from '../support/catalogue.js';
import { useService } from '../support/service.js';

const service = useService();
const given = catalogueOf(service.admin);
const { tag, product } = operationsOf(service.admin);

describe('creating a tag', () => {
  test('makes a slug of its name', async () => {
    const { createTag: made } = dataOf(await tag.create({ name: ' Ёлочная игрушка ' }));
    expect(made).toEqual({
      id: expect.any(String),
      name: 'Ёлочная игрушка',
      slug: 'yolochnaya-igrushka',
      version: 1,
      createdAt: expect.any(String),
      updatedAt: made.createdAt,
    });
    expect(await tag.read(made.id)).toEqual(made);
  });

  test.each([
    ['Sale', 'SALE'],
    ['Новинка', 'НОВИНКА'],
    ['Éclair', 'e\u0301CLAIR'],
    ['Gemüse', ' gemÜse '],
    ['ΟΔΟΣ', 'οδος'],
    ['Ｗｉｄｅ', 'wide'],
  ])('refuses the name "%s" a second time, as "%s"', async (name, again) => {
    await given.tag({ name });
    const before = await contentsOf(service.admin);
    expect(await tag.create({ name: again, slug: 'another-slug' })).toFailWith({
      code: 'CONFLICT',
      path: ['createTag'],
    });
    expect(await contentsOf(service.admin)).toEqual(before);
  });

  test('refuses a slug that is taken', async () => {
    const one = await given.tag();
    expect(await tag.create({ name: 'Another', slug: one.slug })).toFailWith({ code: 'CONFLICT', path: ['createTag'] });
  });
});

describe('changing a tag', () => {
  test('keeps what is left out', async () => {
    const made = await given.tag({ slug: 'kept' });
    const before = await tag.read(made.id);
    const { updateTag: renamed } = dataOf(await tag.update(made.id, { name: 'Renamed' }));
    expect(renamed).toEqual({ ...before, name: 'Renamed', version: 2, updatedAt: expect.any(String) });
    expect(renamed.updatedAt > before.updatedAt).toBe(true);
    const { updateTag: moved } = dataOf(await tag.update(made.id, { slug: 'moved' }));
    expect(moved).toMatchObject({ name: 'Renamed', slug: 'moved', version: 3 });
  });

  test('may change the case of its own name', async () => {
    const made = await given.tag({ name: 'vegan' });
    expect(dataOf(await tag.update(made.id, { name: 'VEGAN' })).updateTag).toMatchObject({ name: 'VEGAN', version: 2 });
  });

  test.each(['name', 'slug'])('refuses null for %s', async (field) => {
    const made = await given.tag();
    expect(await tag.update(made.id, { [field]: null })).toFailWith({
      code: 'BAD_USER_INPUT',
      path: ['updateTag'],
      fields: [`input.${field}`],
    });
    expect(await tag.read(made.id)).toMatchObject({ version: 1, name: made.name, slug: made.slug });
  });

  test('counts no change where nothing changes', async () => {
    const made = await given.tag();
    const before = await tag.read(made.id);
    for (const input of [{}, { name: made.name, slug: made.slug }]) {
      expect(dataOf(await tag.update(made.id, input)).updateTag).toEqual(before);
    }
  });

  test('refuses the name of another tag without case', async () => {
    await given.tag({ name: 'Скидка' });
    const made = await given.tag();
    const before = await contentsOf(service.admin);
    expect(await tag.update(made.id, { name: 'СКИДКА' })).toFailWith({ code: 'CONFLICT', path: ['updateTag'] });
    expect(await contentsOf(service.admin)).toEqual(before);
  });
});

describe('deleting a tag', () => {
  test('answers it as it was last; its products lose it and count a change', async () => {
    const [gone, stays] = [await given.tag({ name: 'Gone' }), await given.tag({ name: 'Stays' })];
    const both = await given.product({ name: 'Both', tagIds: [gone.id, stays.id] });
    const other = await given.product({ tagIds: [stays.id] });

    const answer = await tag.delete(gone.id, 1, 'id name productCount products { nodes { name tags { name } } }');
    expect(dataOf(answer).deleteTag).toEqual({
      id: gone.id,
      name: 'Gone',
      productCount: 1,
      products: { nodes: [{ name: 'Both', tags: [{ name: 'Gone' }, { name: 'Stays' }] }] },
    });

    expect(await tag.read(gone.id)).toBeNull();
    const left = await product.read(both.id);
    expect(left).toMatchObject({ tags: [{ id: stays.id }], version: 2 });
    expect(left.updatedAt > left.createdAt).toBe(true);
    expect(await product.read(other.id)).toMatchObject({ tags: [{ id: stays.id }], version: 1 });
  });

  test('frees its name', async () => {
    const made = await given.tag({ name: 'Phoenix' });
    dataOf(await tag.delete(made.id));
    expect((await given.tag({ name: 'PHOENIX' })).slug).toBe('phoenix');
  });
});
