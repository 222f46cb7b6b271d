import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { Command } from 'commander';
import { exportCatalogue } from '../transfer/export.js';
import { TransferError } from '../transfer/transfer-error.js';
import { createProgress, type Progress } from './progress.js';
import { withDatabase } from './with-database.js';

/** `catalog export`: NDJSON that `catalog import` reads back exactly. */
export const exportCommand = new Command('export')
  .description('Writes the whole catalogue and its users, without passwords, as NDJSON.')
  .option('--out <file>', 'a file instead of standard output')
  .action(({ out }: { out?: string }) => (out === undefined ? writeTo(process.stdout) : writeFile(out)));

/** Under another name until it is complete: who sees the file sees all of it. */
async function writeFile(path: string): Promise<void> {
  const partial = `${path}.part`;
  const file = createWriteStream(partial);
  try {
    await once(file, 'open');
    await writeTo(file);
    file.end();
    await finished(file);
    await rename(partial, path);
  } catch (error) {
    file.destroy();
    await rm(partial, { force: true });
    throw asTransferError(path, error);
  }
}

const asTransferError = (path: string, error: unknown) =>
  error instanceof Error && 'syscall' in error
    ? new TransferError(`${path} can't be written: ${error.message}.`)
    : error;

function writeTo(stream: Writable): Promise<void> {
  const progress: Progress | undefined = process.stderr.isTTY ? createProgress('export') : undefined;
  const failed = new Promise<never>((_, reject) => stream.once('error', reject));
  const work = withDatabase(async (database, config) => {
    await exportCatalogue(config, database, {
      write: async (text) => {
        if (!stream.write(text)) await Promise.race([once(stream, 'drain'), failed]);
      },
      onProgress: (written, total) => progress?.update(written, total, written),
    });
    progress?.stop();
  });
  return work;
}
