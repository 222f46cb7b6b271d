import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CHANGES, type SchemaChange } from '../support/migration-changes.js';
import {
  catalogueZoo,
  type Contents,
  demoRows,
  type EntityModel,
  type Zoo,
  ZooWorld,
} from '../support/migration-zoo.js';
import { isClean } from '../../src/migrator/drift/check-drift.js';

let world: ZooWorld;
beforeEach(async () => {
  world = await ZooWorld.open();
});
afterEach(() => world.close());

const described = (...changes: (((zoo: Zoo) => void) | undefined)[]): Zoo => {
  const zoo = catalogueZoo();
  for (const change of changes) change?.(zoo);
  return zoo;
};

/** Makes the first migration, applies it, and fills the tables with the demo's catalogue. */
async function settle(before: Zoo, rows: readonly string[] = []): Promise<void> {
  await world.create(before, 'initial');
  await world.up(before);
  await world.run(...demoRows(), ...rows);
}

/** The rows without what a change takes away, and with what it names and writes in another way. */
function afterChange(contents: Contents, { lost = [], renamed = {}, converted = {} }: SchemaChange): Contents {
  const tables = Object.entries(contents).filter(([table]) => !lost.includes(table));
  return Object.fromEntries(
    tables.map(([table, rows]) => [
      table,
      rows.map((row) => {
        const kept = Object.entries(row).filter(([column]) => !lost.includes(`${table}.${column}`));
        return Object.fromEntries(
          kept.map(([column, value]) => {
            const name = `${table}.${column}`;
            return [renamed[name] ?? column, value === null ? null : (converted[name]?.(value) ?? value)];
          }),
        );
      }),
    ]),
  );
}

/** Says that every row and value of one database is in another, which may have more columns. */
function expectWithin(expected: Contents, found: Contents): void {
  for (const [table, rows] of Object.entries(expected)) {
    expect(found[table]?.length, table).toBe(rows.length);
    expect(found[table], table).toEqual(rows.map((row) => expect.objectContaining(row)));
  }
}

describe.for(CHANGES)('$name', (change) => {
  const before = () => described(change.before);
  const after = () => described(change.before, change.change);

  test('on a filled database', async () => {
    await settle(before(), change.rows);
    const [schemaBefore, rowsBefore] = [await world.schema(), await world.contents()];
    const files = world.files();
    const { outcome } = change;

    if (outcome !== 'kept' && 'create' in outcome) {
      await expect(world.create(after(), change.name, change.answers)).rejects.toThrow(outcome.create);
      expect(world.files()).toEqual(files);
      expect(await world.contents()).toEqual(rowsBefore);
      return;
    }

    const created = await world.create(after(), change.name, change.answers);
    expect(created?.files.sqlite.path.replace('/sqlite/', '/postgresql/')).toBe(created?.files.postgresql.path);

    if (outcome !== 'kept') {
      await expect(world.up(after())).rejects.toThrow(outcome.up);
      expect(await world.schema()).toEqual(schemaBefore);
      expect(await world.contents()).toEqual(rowsBefore);
      return;
    }

    await world.up(after());
    const [schemaAfter, rowsAfter] = [await world.schema(), await world.contents()];
    expectWithin(afterChange(rowsBefore, change), rowsAfter);
    const report = await world.check(after());
    expect(report, JSON.stringify(report, undefined, 1)).toSatisfy(isClean);
    if (change.afterwards) {
      const [query, row] = change.afterwards;
      expect(await world.rows(query)).toEqual([asNumbers(row)]);
    }

    await world.down(after());
    expect(await world.schema()).toEqual(schemaBefore);
    expectWithin(afterChange(rowsBefore, { ...change, renamed: {}, converted: {} }), await world.contents());

    await world.up(after());
    expect(await world.schema()).toEqual(schemaAfter);
    expectWithin(afterChange(rowsBefore, change), await world.contents());
  });
});

/** PostgreSQL's driver hands counts out as text. */
const asNumbers = (row: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, expect.toSatisfy((found) => Number(found) === value)]),
  );

test('an empty difference makes no file', async () => {
  const zoo = described();
  await settle(zoo);
  const files = world.files();
  expect(await world.create(zoo, 'nothing')).toBeUndefined();
  expect(world.files()).toEqual(files);
});

test('an id is never used again, though its table is made anew', async () => {
  const before = described();
  await settle(before);
  await world.run('delete from products where id = 194');
  const after = described((zoo) => {
    (zoo.entities.Product as EntityModel).properties.name = { type: 'text', nullable: true };
  });
  await world.create(after, 'nullable');
  await world.up(after);
  await world.run("insert into products (slug, price) values ('new', 1)");
  expect(await world.rows("select id from products where slug = 'new'")).toEqual([{ id: 195 }]);
});
