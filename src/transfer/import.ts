import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/core';
import { asAuthor } from '../database/author.js';
import type { Database } from '../database/database.js';
import { prepareForBulk } from '../database/bulk-statements.js';
import { mergeSearchIndexes } from '../database/search-index-merge.js';
import { retryLostRaces } from '../database/unit-of-work.js';
import type { FieldProblem } from '../errors.js';
import type { FormatName } from './formats.js';
import type { Write, Written } from './outcome.js';
import { type GoodRow, isRefused, type Kind, type Place, type Row, type SourceNames } from './records.js';
import { readParts } from './rows-of-source.js';
import type { Source } from './source.js';
import { Summary } from './summary.js';
import { SourceError, TransferError } from './transfer-error.js';
import { categoryWriter } from './write-categories.js';
import { productWriter } from './write-products.js';
import { isToBlameOnRow, writeRows } from './write-rows.js';
import { tagWriter } from './write-tags.js';
import { userWriter } from './write-users.js';

export interface ImportOptions {
  /** Told by each source's content where left out. */
  format?: FormatName;
  /** How many flurbos a shmeckle is, as a decimal text. */
  rate: string;
  /** All or nothing: where anything is refused, nothing is written. */
  isStrict: boolean;
  /** Nothing is written, whatever happens. */
  isDryRun: boolean;
}

/** Who is told how an import goes. */
export interface ImportListener {
  /** @param place undefined where it is about the source as a whole */
  onRefused(source: Source, place: Place | undefined, problem: FieldProblem): void;
  /** After each batch. */
  onProgress?(source: Source, bytesRead: number, rowsRead: number): void;
  onFormat?(source: Source, format: FormatName): void;
}

/** What an import came to. */
export interface ImportResult {
  summary: Summary;
  /** Whether what the summary counts is in the database. */
  isKept: boolean;
}

/**
 * Rows that are written in one transaction. Not more: memory stays flat, and locks short. On SQLite a transaction writes
 * most pages of every index, however few rows it has, so it has more of them.
 */
const BATCH_SIZES = { sqlite: 5000, postgresql: 2000 };

/** Runs a batch in a transaction of its own, or as a part of the one that holds the whole import. */
type RunBatch = (write: (em: EntityManager) => Promise<Written>) => Promise<Written>;

/**
 * Imports sources, one after another. Entries are found by their slugs; one that would not change is not written.
 * What breaks a rule is told to the listener, and the rest goes in.
 */
export function importSources(
  database: Database,
  sources: readonly Source[],
  options: ImportOptions,
  listener: ImportListener,
): Promise<ImportResult> {
  const author = { source: 'IMPORT', requestId: randomUUID() } as const;
  return asAuthor(author, () => importAs(database, sources, options, listener));
}

async function importAs(
  database: Database,
  sources: readonly Source[],
  options: ImportOptions,
  listener: ImportListener,
): Promise<ImportResult> {
  await prepareForBulk(database);
  const run = new Import(database, options, listener);
  if (!options.isStrict && !options.isDryRun) {
    await run.readAll(sources, (write) => retryLostRaces(() => database.fork().transactional(write)));
    await mergeSearchIndexes(database);
    return { summary: run.summary, isKept: true };
  }
  const isKept = await inOneTransaction(database, sources, run, options);
  if (isKept) await mergeSearchIndexes(database);
  return { summary: run.summary, isKept };
}

class RolledBack extends Error {}

/** @returns whether it was committed */
async function inOneTransaction(
  database: Database,
  sources: readonly Source[],
  run: Import,
  { isDryRun }: ImportOptions,
): Promise<boolean> {
  try {
    await database.fork().transactional(async (em) => {
      await run.readAll(sources, (write) => retryLostRaces(() => em.transactional(write, { clear: true })));
      if (isDryRun || run.summary.refused > 0) throw new RolledBack();
    });
    return true;
  } catch (error) {
    if (error instanceof RolledBack) return false;
    throw error;
  }
}

class Import {
  readonly summary = new Summary();
  private readonly writers: { [K in Kind]: Write<K> };
  private readonly batchSize: number;

  constructor(
    database: Database,
    private readonly options: ImportOptions,
    private readonly listener: ImportListener,
  ) {
    this.batchSize = BATCH_SIZES[database.dialect.kind];
    this.writers = {
      category: categoryWriter(database),
      tag: tagWriter(database),
      product: productWriter(database, !options.isStrict && !options.isDryRun),
      user: userWriter(database),
    };
  }

  async readAll(sources: readonly Source[], runBatch: RunBatch): Promise<void> {
    for (const source of sources) {
      try {
        await this.readSource(source, runBatch);
      } catch (error) {
        if (!(error instanceof TransferError)) throw error;
        const place = error instanceof SourceError ? { line: error.line } : undefined;
        this.summary.addRefused(undefined);
        this.listener.onRefused(source, place, { path: '', message: error.message });
      }
    }
  }

  private async readSource(source: Source, runBatch: RunBatch): Promise<void> {
    const { format, rate } = this.options;
    const reading = { name: source.name, format, rate, batchSize: this.batchSize };
    for await (const part of readParts(source, reading)) {
      if (part.format) this.listener.onFormat?.(source, part.format);
      if (part.rows.length === 0) continue;
      await this.writeBatch(source, part.rows, runBatch);
      this.listener.onProgress?.(source, part.bytesRead, this.summary.read);
    }
  }

  /** Writes the good rows of a batch and tells of the refused ones, all in the source's order. */
  private async writeBatch(source: Source, batch: readonly Row[], runBatch: RunBatch): Promise<void> {
    const good = batch.filter((row): row is GoodRow => !isRefused(row));
    const { outcomes, made } = await this.write(good, runBatch);
    this.summary.addMade(made);
    let index = 0;
    for (const row of batch) {
      if (isRefused(row)) {
        this.summary.addRefused(row.kind);
        this.tell(source, row.place, row.problems);
      } else {
        const outcome = outcomes[index] ?? 'unchanged';
        index += 1;
        this.summary.addOutcome(row.kind, row.record.slug, outcome);
        if (Array.isArray(outcome)) this.tell(source, row.place, outcome.map(named(row.names)));
      }
    }
  }

  private async write(rows: readonly GoodRow[], runBatch: RunBatch): Promise<Written> {
    const [first] = rows;
    if (!first) return { outcomes: [], made: [] };
    const write = this.writers[first.kind] as Write<Kind>;
    try {
      // Most batches are good, and a transaction within the transaction costs a copy of each page that it changes.
      return await runBatch((em) => write(em, rows));
    } catch (error) {
      if (!isToBlameOnRow(error)) throw error;
      return runBatch((em) => writeRows(em, write, rows));
    }
  }

  private tell(source: Source, place: Place, problems: readonly FieldProblem[]): void {
    for (const problem of problems) this.listener.onRefused(source, place, problem);
  }
}

const named =
  (names: SourceNames) =>
  ({ path, message }: FieldProblem): FieldProblem => ({ path: names[path] ?? path, message });
