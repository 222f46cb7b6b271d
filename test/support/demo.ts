import { importSources } from '../../src/transfer/import.js';
import { openSource } from '../../src/transfer/source.js';
import type { TestService } from './service.js';

/** Fills a service with the demo's catalogue. */
export async function importDemo({ server }: TestService): Promise<void> {
  const source = await openSource('demo/catalogue.ndjson');
  const options = { format: 'ndjson', rate: '1', isStrict: true, isDryRun: false } as const;
  const { isKept } = await importSources(server.database, [source], options, { onRefused: () => undefined });
  if (!isKept) throw new Error('The demo catalogue was refused.');
}
