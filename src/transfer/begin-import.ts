import type { ImportOptions } from './import.js';
import type { Reading } from './read-rows.js';
import { beginReading } from './rows-of-source.js';
import type { Source } from './source.js';

/**
 * Rows that are written in one transaction. Not more: memory stays flat, and locks short. On SQLite a transaction writes
 * most pages of every index, however few rows it has, so it has more of them. The text of an event costs SQLite no more
 * than a thread that computes it and hands it over.
 */
const TERMS = {
  sqlite: { batchSize: 5000, hasChanges: false },
  postgresql: { batchSize: 2000, hasChanges: true },
};

export type DatabaseKind = keyof typeof TERMS;

/** How a source of an import is read. */
export const readingOf = ({ name }: Source, { format, rate }: ImportOptions, kind: DatabaseKind): Reading => ({
  name,
  format,
  rate,
  ...TERMS[kind],
});

/** Begins to read what is imported first, while the database is still being opened. */
export const beginImport = (sources: readonly Source[], options: ImportOptions, kind: DatabaseKind): Source[] =>
  sources.map((source, index) => (index === 0 ? beginReading(source, readingOf(source, options, kind)) : source));
