import { afterEach, beforeEach } from 'vitest';
import type { Database } from '../../src/database/database.js';
import { openDatabase } from '../../src/database/open-database.js';
import { createLog } from '../../src/log.js';
import { exportCatalogue } from '../../src/transfer/export.js';
import { type ImportOptions, importSources } from '../../src/transfer/import.js';
import type { Source } from '../../src/transfer/source.js';
import type { Counts, Summary } from '../../src/transfer/summary.js';
import { createDatabase, type TestDatabase } from './database.js';
import { testConfig } from './service.js';

/** A source out of a test's own text, in chunks of some bytes. */
export const sourceOf = (content: string | Buffer, name = 'file', chunkSize = 1 << 16): Source => ({
  name,
  size: undefined,
  read: () => chunksOf(Buffer.from(content), chunkSize),
});

export async function* chunksOf(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

/** What an import said. */
export interface Imported {
  summary: Summary;
  isKept: boolean;
  /** Each as `name:line field reason`. */
  refusals: string[];
}

/** A migrated database of a test's own, to import into and export from. */
export interface TransferWorld {
  readonly database: Database;
  readonly url: string;
  import(content: string | Source | Source[], options?: Partial<ImportOptions>): Promise<Imported>;
  export(): Promise<string>;
  /** The entries of an export, by kind. */
  entries(type: string): Promise<Record<string, unknown>[]>;
}

export async function openWorld(): Promise<TransferWorld & { close(): Promise<void> }> {
  const own = await createDatabase();
  const config = testConfig(own.url);
  const database = await openDatabase(config, createLog({ logLevel: 'silent' }));
  const world = {
    database,
    url: own.url,
    import: (content: string | Source | Source[], options: Partial<ImportOptions> = {}) =>
      importInto(database, typeof content === 'string' ? [sourceOf(content)] : [content].flat(), options),
    async export() {
      let text = '';
      await exportCatalogue(config, database, { write: async (part) => void (text += part) });
      return text;
    },
    async entries(type: string) {
      const lines = (await world.export()).split('\n').filter((line) => line !== '');
      return lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((entry) => entry.type === type);
    },
    close: () => closeWorld(database, own),
  };
  return world;
}

async function closeWorld(database: Database, own: TestDatabase): Promise<void> {
  await database.close();
  await own.drop();
}

/** Imports into a database, such as that of a running service. */
export async function importInto(
  database: Database,
  sources: Source[],
  options: Partial<ImportOptions> = {},
): Promise<Imported> {
  const refusals: string[] = [];
  const complete = { rate: '1', isStrict: false, isDryRun: false, ...options };
  const result = await importSources(database, sources, complete, {
    onRefused: ({ name }, place, { path, message }) =>
      refusals.push([place ? `${name}:${place.line}` : name, path, message].filter((part) => part !== '').join(' ')),
  });
  return { ...result, refusals };
}

/** A world for each test. */
export function useWorld(): () => TransferWorld {
  let world: Awaited<ReturnType<typeof openWorld>> | undefined;
  beforeEach(async () => {
    world = await openWorld();
  });
  afterEach(() => world?.close());
  return () => {
    if (!world) throw new Error('There is no world yet.');
    return world;
  };
}

/** The counts of a kind as they read in the summary: read, created, updated, unchanged, refused. */
export const countsOf = ({ read, created, updated, unchanged, refused }: Counts) => [
  read,
  created,
  updated,
  unchanged,
  refused,
];

/** A product as DummyJSON has it. */
export const dummyProduct = (fields: object = {}) => ({
  id: 1,
  title: 'Red Lamp',
  description: 'It glows.',
  category: 'home-lights',
  price: 9.99,
  rating: 4.71,
  stock: 7,
  tags: ['lamp', 'Red'],
  meta: { createdAt: '2025-04-30T09:41:02.053Z', updatedAt: '2025-05-01T00:00:00.000Z' },
  thumbnail: 'https://cdn.example.com/thumb.webp',
  images: ['https://cdn.example.com/1.webp'],
  ...fields,
});

export const jsonLines = (...entries: object[]) => entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
