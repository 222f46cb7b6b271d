import { expect, test } from 'vitest';
import { CATALOGUE } from '../../src/database/orm.js';
import { DATABASE } from '../support/database.js';
import { rawQuery } from '../support/raw-query.js';
import { useService } from '../support/service.js';

const service = useService();

/** What there is in the database, by name, and on SQLite by the statement that made it. */
const EXISTING = {
  sqlite: 'select name, sql from sqlite_master',
  postgresql: `select relname as name from pg_class union all select tgname from pg_trigger union all select proname from pg_proc`,
};

test('the migrations have made what the code declares beside the entities', async () => {
  const existing = await rawQuery<{ name: string; sql?: string }>(service.server.database, EXISTING[DATABASE]);
  const found = new Map(existing.map(({ name, sql }) => [name, sql]));
  for (const { name, create } of CATALOGUE.objects[DATABASE]) {
    expect(found.has(name), name).toBe(true);
    if (DATABASE === 'sqlite') expect(found.get(name)?.toLowerCase()).toBe(create.toLowerCase());
  }
});
