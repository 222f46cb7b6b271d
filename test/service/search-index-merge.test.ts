import { expect, test } from 'vitest';
import { fullTextTables } from '../../src/database/search-index.js';
import { sourceOf, useWorld } from '../support/transfer.js';

const world = useWorld();

const product = (slug: string) =>
  JSON.stringify({ type: 'product', slug, name: slug, priceShmeckles: '1.00', priceFlurbos: '2.00' });

test.runIf(process.env.TEST_DATABASE === 'sqlite')('an import leaves few pieces of a full-text table', async () => {
  const sources = Array.from({ length: 8 }, (_, index) => sourceOf(product(`lamp-${index}`)));
  expect(await world().import(sources)).toMatchObject({ isKept: true, refusals: [] });
  const connection = world().database.orm.em.getConnection();
  for (const table of fullTextTables) {
    const [{ pieces } = {}] = (await connection.execute(
      `select count(distinct segid) as pieces from ${table}_idx`,
    )) as { pieces?: number }[];
    // FTS5 merges four of a size, or more.
    expect(pieces).toBeLessThan(4);
  }
});
