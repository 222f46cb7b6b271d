import { describe, expect, test } from 'vitest';
import { catalogueOf, dataOf, operationsOf } from '../support/catalogue.js';
import { useService } from '../support/service.js';

const service = useService();
const given = catalogueOf(service.admin);
const admin = operationsOf(service.admin);

describe.each(['product', 'tag', 'category'] as const)('the slug of a %s', (noun) => {
  test.each([
    ['Чайник «Уют» №5', /^chaynik-uyut-(no)?5$/],
    ['Crème Brûlée', /^creme-brulee$/],
    ['东京', /^[a-z]+(-[a-z]+)*$/],
    ['!!!', /^item$/],
  ])('is made of "%s"', async (name, slug) => {
    expect((await given[noun]({ name })).slug).toMatch(slug);
  });

  test('is cut to leave room for a number, and is no longer than 200 characters', async () => {
    const made = await given[noun]({ name: 'x'.repeat(255) });
    expect(made.slug).toBe('x'.repeat(189));
    const again = await given[noun]({ name: `${'x'.repeat(254)}y` });
    expect(again.slug).toBe(`${'x'.repeat(189)}-2`);
  });

  test('steps aside for the ones that are taken', async () => {
    const names = Array.from({ length: 5 }, (_, index) => 'mug' + '!'.repeat(index));
    const slugs: string[] = [];
    for (const name of names) slugs.push((await given[noun]({ name })).slug);
    expect(slugs).toEqual(['mug', 'mug-2', 'mug-3', 'mug-4', 'mug-5']);
  });

  test('steps aside for a slug that somebody chose', async () => {
    await given[noun]({ name: 'Chosen', slug: 'vase' });
    expect((await given[noun]({ name: 'Vase' })).slug).toBe('vase-2');
  });

  test('finds the entry', async () => {
    const made = await given[noun]({ name: 'Wanted' });
    const by = async (slug: string) =>
      dataOf(await service.anonymous(`query ($slug: String) { entry: ${noun}(slug: $slug) { id } }`, { slug })).entry;
    expect(await by('wanted')).toEqual({ id: made.id });
    expect(await by('WANTED')).toBeNull();
    expect(await by('wante')).toBeNull();
  });

  test('that is chosen and taken is refused', async () => {
    const made = await given[noun]({ slug: 'taken' });
    const prices = noun === 'product' ? { priceShmeckles: 1, priceFlurbos: 1 } : {};
    const answer = await admin[noun].create({ name: 'Late', slug: 'taken', ...prices });
    expect(answer).toFailWith({ code: 'CONFLICT', path: [expect.stringMatching(/^create/)] });
    expect(answer.errors?.[0]?.message).toBe('The slug "taken" is taken.');
    expect(await admin[noun].read(made.id)).toMatchObject({ slug: 'taken', version: 1 });
  });
});

test('each noun has slugs of its own', async () => {
  const made = [
    await given.product({ name: 'Shared' }),
    await given.tag({ name: 'Shared' }),
    await given.category({ name: 'Shared' }),
  ];
  expect(made.map(({ slug }) => slug)).toEqual(['shared', 'shared', 'shared']);
});
