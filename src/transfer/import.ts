import { randomUUID } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/core';
import { asAuthor } from '../database/author.js';
import type { Database } from '../database/database.js';
import { writingMuch } from '../database/bulk-writing.js';
import { mergeSearchIndexes } from '../database/search-index-merge.js';
import { retryLostRaces } from '../database/unit-of-work.js';
import type { FieldProblem } from '../errors.js';
import { type Batch, batchOf, type Writers, writersOf } from './batch.js';
import { type DatabaseKind, readingOf } from './begin-import.js';
import type { FormatName } from './formats.js';
import type { Written } from './outcome.js';
import type { Part } from './read-rows.js';
import type { Place, SourceNames } from './records.js';
import { readParts } from './rows-of-source.js';
import type { Source } from './source.js';
import { Summary } from './summary.js';
import { SourceError, TransferError } from './transfer-error.js';
import { isToBlameOnRow } from './write-rows.js';

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
  const run = new Import(database, options, listener);
  const isKept = await writingMuch(database, async (committed) => {
    if (options.isStrict || options.isDryRun) return inOneTransaction(database, sources, run, options);
    await run.readAll(sources, async (write) => {
      const written = await retryLostRaces(() => database.fork().transactional(write));
      await committed();
      return written;
    });
    return true;
  });
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
  private readonly writers: Writers;
  private readonly kind: DatabaseKind;

  constructor(
    database: Database,
    private readonly options: ImportOptions,
    private readonly listener: ImportListener,
  ) {
    this.kind = database.dialect.kind;
    this.writers = writersOf(database, !options.isStrict && !options.isDryRun);
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
    for await (const part of readParts(source, readingOf(source, this.options, this.kind))) {
      if (part.format) this.listener.onFormat?.(source, part.format);
      if (!part.good && part.refused.length === 0) continue;
      await this.writePart(source, part, runBatch);
      this.listener.onProgress?.(source, part.bytesRead, this.summary.read);
    }
  }

  /** Writes the good rows of a part and tells of the refused ones, all in the source's order. */
  private async writePart(source: Source, { good, refused }: Part, runBatch: RunBatch): Promise<void> {
    const told: { place: Place; problems: readonly FieldProblem[] }[] = [...refused];
    for (const { kind } of refused) this.summary.addRefused(kind);
    if (good) {
      const batch = batchOf(this.writers, good);
      const { outcomes, made } = await this.write(batch, runBatch);
      this.summary.addMade(made);
      for (const [index, outcome] of outcomes.entries()) {
        this.summary.addOutcome(good.kind, batch.slugAt(index), outcome);
        if (Array.isArray(outcome))
          told.push({ place: batch.placeAt(index), problems: outcome.map(named(batch.namesAt(index))) });
      }
    }
    told.sort((one, other) => byPlace(one.place, other.place));
    for (const { place, problems } of told)
      for (const problem of problems) this.listener.onRefused(source, place, problem);
  }

  private async write(batch: Batch, runBatch: RunBatch): Promise<Written> {
    try {
      // Most batches are good, and a transaction within the transaction costs a copy of each page that it changes.
      return await runBatch(batch.writeAll);
    } catch (error) {
      if (!isToBlameOnRow(error)) throw error;
      return runBatch(batch.writeGood);
    }
  }
}

const byPlace = (one: Place, other: Place) => one.line - other.line || (one.record ?? 0) - (other.record ?? 0);

const named =
  (names: SourceNames) =>
  ({ path, message }: FieldProblem): FieldProblem => ({ path: names[path] ?? path, message });
