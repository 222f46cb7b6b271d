import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { migrationText } from '../../src/migrator/generate/migration-text.js';
import { readMigrations } from '../../src/migrator/migration-file.js';

const NAME = '20260101000000-add-brand';

/** What is read of a text as of a file. */
async function readBack(text: string) {
  mkdirSync('temp', { recursive: true });
  const folder = mkdtempSync(resolve('temp', 'text-'));
  try {
    writeFileSync(join(folder, `${NAME}.ts`), text);
    const [read] = await readMigrations(folder, 'sqlite');
    return read;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('reads back as the same statements and marks, whatever is in them', async () => {
  const up = [
    'create table `a` (`b` text)',
    "insert into a values ('${process.exit(1)} $1 $$ \\n \\\\ \\u0041 `x` \\`')",
    'do $guard$ begin if exists (select 1) then null; end if; end $guard$;',
    'select 1;\nselect 2',
    '-- nothing\r but "quotes" and it\'s',
  ];
  const down = ['drop table `a`;'];
  const marks = {
    loses: { up: ['products.brand'], down: ['a'] },
    renames: { 'products.colour': 'products.color' },
  };
  const read = await readBack(migrationText({ name: NAME, up, down, marks }));
  expect(read).toMatchObject({ name: NAME, up, down, marks });
});

test('says in front what is destructive', () => {
  const marks = { loses: { up: ['products.brand', 'tags'], down: [] } };
  expect(migrationText({ name: NAME, up: ['x'], down: [], marks })).toContain(
    '\n/** DESTRUCTIVE: takes away for good what is in products.brand, tags. */\nexport class Migration20260101000000_add_brand extends Migration {\n',
  );
  expect(migrationText({ name: NAME, up: ['x'], down: [], marks: { loses: { down: ['a'] } } })).not.toContain(
    'DESTRUCTIVE',
  );
});

test('without statements is a migration that does nothing', async () => {
  const read = await readBack(migrationText({ name: NAME, up: [], down: [], marks: {} }));
  expect(read).toMatchObject({ up: [], down: [], marks: {} });
});
