import type { Made, Outcome } from './outcome.js';
import { type Kind, KINDS } from './records.js';

const COLUMNS = ['read', 'created', 'updated', 'unchanged', 'refused'] as const;

/** How many entries of one kind had which fate. Those made because a row named them are created without being read. */
export type Counts = Record<(typeof COLUMNS)[number], number>;

const PLURAL: Record<Kind, string> = { category: 'categories', tag: 'tags', product: 'products', user: 'users' };

/** The counts of an import. */
export class Summary {
  readonly counts = Object.fromEntries(
    KINDS.map((kind) => [kind, { read: 0, created: 0, updated: 0, unchanged: 0, refused: 0 }]),
  ) as Record<Kind, Counts>;
  /** Rows whose kind can't be told, and sources that can't be read to their end. */
  unreadable = 0;
  private readonly made = new Set<string>();

  get refused(): number {
    return KINDS.reduce((sum, kind) => sum + this.counts[kind].refused, this.unreadable);
  }

  get read(): number {
    return KINDS.reduce((sum, kind) => sum + this.counts[kind].read, 0);
  }

  addOutcome(kind: Kind, slug: string, outcome: Outcome): void {
    const counts = this.counts[kind];
    counts.read += 1;
    // Made a moment ago for a row below it: counted then.
    if (outcome === 'unchanged' && this.made.delete(`${kind} ${slug}`)) return;
    counts[Array.isArray(outcome) ? 'refused' : outcome] += 1;
  }

  addRefused(kind: Kind | undefined): void {
    if (!kind) this.unreadable += 1;
    else {
      this.counts[kind].read += 1;
      this.counts[kind].refused += 1;
    }
  }

  addMade(made: Made): void {
    for (const { kind, slug } of made) {
      this.counts[kind].created += 1;
      this.made.add(`${kind} ${slug}`);
    }
  }

  /** A table of the kinds that occurred. */
  toText(): string {
    const kinds = KINDS.filter((kind) => COLUMNS.some((column) => this.counts[kind][column] > 0));
    const rows = kinds.map((kind) => [PLURAL[kind], ...COLUMNS.map((column) => String(this.counts[kind][column]))]);
    if (this.unreadable > 0) rows.push(['unreadable', '', '', '', '', String(this.unreadable)]);
    const lines = [['', ...COLUMNS], ...rows];
    return lines
      .map(([name = '', ...cells]) => name.padEnd(12) + cells.map((cell) => cell.padStart(11)).join(''))
      .join('\n');
  }
}
