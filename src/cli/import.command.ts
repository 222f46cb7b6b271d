import { setFlagsFromString } from 'node:v8';
import { Command, Option } from 'commander';
import { readConfig } from '../config.js';
import { beginImport } from '../transfer/begin-import.js';
import { type FormatName, FORMAT_NAMES } from '../transfer/formats.js';
import { type ImportListener, type ImportResult, importSources } from '../transfer/import.js';
import { checkRate } from '../transfer/prices.js';
import type { Place } from '../transfer/records.js';
import { openSource, type Source } from '../transfer/source.js';
import { createProgress, type Progress } from './progress.js';
import { withDatabase } from './with-database.js';

interface Options {
  format?: FormatName;
  rate: string;
  strict: boolean;
  dryRun: boolean;
}

/** `catalog import`: what is refused goes to standard error, the summary to standard output. */
export const importCommand = new Command('import')
  .description('Adds and updates entries from files; an entry is found again by its slug.')
  .argument('<file...>', 'files to import one after another; - is standard input')
  .addOption(new Option('--format <name>', 'instead of telling it by the content').choices(FORMAT_NAMES))
  .option('--rate <number>', 'flurbos per shmeckle, for sources with one price', '1')
  .option('--strict', 'all or nothing: where a row is refused, nothing is written', false)
  .option('--dry-run', 'only tell what would happen', false)
  .action(importFiles);

/**
 * Keeps V8 from letting its heap grow to four times of what is needed before it looks for what it could give back: an
 * import makes much that lives for one batch.
 * @see https://nodejs.org/docs/latest-v24.x/api/v8.html#v8setflagsfromstringflags
 */
function keepHeapSmall(): void {
  setFlagsFromString('--heap-growing-percent=50');
  // Rows live as long as their batch: with V8's one megabyte for what is young, it looks at them again and again.
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString('--min-semi-space-size=4');
}

async function importFiles(files: string[], { format, rate, strict, dryRun }: Options): Promise<void> {
  const options = { format, rate: checkRate(rate), isStrict: strict, isDryRun: dryRun };
  const opened = await Promise.all(files.map(openSource));
  keepHeapSmall();
  const begun = performance.now();
  const sources = beginImport(opened, options, readConfig().database.kind);
  const result = await withDatabase(async (database) => {
    const terminal = new Terminal();
    try {
      return await importSources(database, sources, options, terminal);
    } finally {
      terminal.stop();
    }
  });
  report(result, dryRun, (performance.now() - begun) / 1000);
}

function report({ summary, isKept }: ImportResult, isDryRun: boolean, seconds: number): void {
  console.log(summary.toText());
  console.log(`${seconds.toFixed(2)} s`);
  if (isDryRun) console.log('Nothing was written: this was a dry run.');
  else if (!isKept) console.log('Nothing was written: with --strict, all rows must be good.');
  if (summary.refused > 0) process.exitCode = 1;
}

/** Tells a person, on standard error, how an import goes. */
class Terminal implements ImportListener {
  private progress: Progress | undefined;
  private shown: Source | undefined;

  onFormat(_source: Source, format: FormatName): void {
    if (format === 'dummyjson-users')
      console.error('Passwords are not taken over: nobody of these can sign in before a password is set.');
  }

  onRefused({ name }: Source, place: Place | undefined, { path, message }: { path: string; message: string }): void {
    const record = place?.record === undefined ? '' : ` record ${place.record}`;
    const where = place ? `${name}:${place.line}${record}` : `${name}:`;
    console.error([where, path, message].filter((part) => part !== '').join(' '));
  }

  onProgress(source: Source, bytesRead: number, rowsRead: number): void {
    if (this.shown !== source) this.stop();
    this.shown = source;
    this.progress ??= createProgress(source.name);
    this.progress.update(bytesRead, source.size, rowsRead);
  }

  stop(): void {
    this.progress?.stop();
    this.progress = undefined;
  }
}
