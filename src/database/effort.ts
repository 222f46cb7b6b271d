/**
 * How much a statement of a list looks at before it gives up. Nobody knows beforehand whether a page's rows stand at the
 * beginning of the list's order or far along it; so the first statement is a short one that finds most pages, and where
 * it gives up, the next one takes over with more.
 */
export interface Effort extends SourceEffort {
  /** Rows along the list's order that are looked at. */
  readonly walked: number;
  /** The same where a filter tells by their keys alone, as an index does. */
  readonly walkedKeys: number;
  /** Rows that are looked at for the best of a search, where its index has to find all before the first is known. */
  readonly ranked: number;
  /** Whether the filter with the fewest rows is looked for; else the first one with few enough will do. */
  readonly comparesCounts: boolean;
}

/** How far the rows of a filter are counted that a list may start from. */
export interface SourceEffort {
  /** Rows that may be sorted of a filter for which their number is kept. */
  readonly sorted: number;
  /** Rows that may be sorted of another filter, which are counted up to this. */
  readonly counted: number;
  /** Whether it is worth counting where a count doesn't end at its limit. */
  readonly countsAtAnyCost: boolean;
}

/**
 * The efforts, one after another; behind the last, all that the filters find is sorted ({@link lastEffort}). Each is worth ten to twenty of
 * the one before: what was in vain is little beside what follows.
 */
export const effortsOf = (sortedRows: number): readonly Effort[] => [
  {
    walked: sortedRows + 1,
    walkedKeys: sortedRows * 5 + 1,
    ranked: Math.ceil(sortedRows / 5),
    sorted: sortedRows,
    counted: Math.ceil(sortedRows / 10),
    comparesCounts: false,
    countsAtAnyCost: false,
  },
  {
    walked: sortedRows * 20 + 1,
    walkedKeys: sortedRows * 100 + 1,
    ranked: 0,
    sorted: sortedRows * 10,
    counted: sortedRows * 10,
    comparesCounts: true,
    countsAtAnyCost: true,
  },
];

/** How far is counted to tell the filter with the fewest rows, all of which are then looked at. */
export const lastEffort = (sortedRows: number): SourceEffort => ({
  sorted: Number.MAX_SAFE_INTEGER,
  counted: sortedRows * 200,
  countsAtAnyCost: true,
});
