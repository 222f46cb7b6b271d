import { afterAll, afterEach, beforeAll } from 'vitest';
import { openDatabase } from '../../src/database/open-database.js';
import { createLog } from '../../src/log.js';
import { importSources } from '../../src/transfer/import.js';
import { openSource } from '../../src/transfer/source.js';
import { copyOf, createDatabase, type TestDatabase } from './database.js';
import { testConfig } from './service.js';

/** The databases of a test file: each test takes as many as it likes, and they are dropped after it. */
export interface TestDatabases {
  /** One with nothing in it. */
  empty(): Promise<TestDatabase>;
  /** One of the newest schema, with the demo's catalogue. */
  filled(): Promise<TestDatabase>;
  /** The one that the filled ones are copies of: for what changes nothing, or should not. */
  untouched(): TestDatabase;
  /** Another one with the same in it as one that nobody is connected to. */
  twinOf(database: TestDatabase): Promise<TestDatabase>;
}

export function useDatabases(): TestDatabases {
  let template: TestDatabase | undefined;
  const made: TestDatabase[] = [];
  const keep = async (database: Promise<TestDatabase>) => {
    made.push(await database);
    return database;
  };
  beforeAll(async () => {
    template = await createFilled();
  });
  afterEach(async () => {
    for (const database of made.splice(0)) await database.drop();
  });
  afterAll(() => template?.drop());
  const untouched = () => {
    if (!template) throw new Error('The catalogue has not been loaded yet.');
    return template;
  };
  return {
    empty: () => keep(createDatabase()),
    filled: () => keep(copyOf(untouched())),
    untouched,
    twinOf: (database) => keep(copyOf(database)),
  };
}

async function createFilled(): Promise<TestDatabase> {
  const own = await createDatabase();
  const database = await openDatabase(testConfig(own.url), createLog({ logLevel: 'silent' }));
  const sources = [await openSource('demo/catalogue.ndjson')];
  const options = { rate: '1', isStrict: true, isDryRun: false };
  const { isKept } = await importSources(database, sources, options, { onRefused: () => undefined });
  await database.close();
  if (!isKept) throw new Error('The catalogue was not loaded.');
  return own;
}
