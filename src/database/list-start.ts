import { sql } from 'kysely';
import type { FieldScope } from './compiler.js';
import { constant, join, type Sql } from './dialect.js';
import type { SourceEffort } from './effort.js';
import type { ListOrder } from './list-order.js';
import type { ListBase, NounReads } from './reads.js';

/** Filters that name rows: whatever else is asked, a list starts from them. */
const KEY_FILTERS = new Set(['ids', 'slugs', 'entityIds']);

/** The base of a list, as what it starts from. */
export const BASE = 'base';

/** A filter that a list may start from, and how many rows it finds. */
export interface SourceCount {
  source: string;
  count: Sql;
  /** How many are few enough to sort them. */
  most: number;
  /** Whether the number costs next to nothing. */
  isKept?: boolean;
}

export const isFew = ({ count, most }: SourceCount): Sql => sql`${count} <= ${constant(most)}`;

/** Where a list may start: from the index of one of its filters, or along its order. */
export class ListStart {
  constructor(
    private readonly scope: FieldScope,
    private readonly noun: NounReads,
    private readonly order: ListOrder,
  ) {}

  /** Whether the filter names its rows. */
  get isKeyed(): boolean {
    return this.scope.args.at('filter').givenKeys.some((key) => KEY_FILTERS.has(key));
  }

  /** The filters that the rows along the list's order are found by, in its index. */
  get walkedFilters(): string[] {
    const filter = this.scope.args.at('filter');
    const isInOrder = (name: string) => this.order.key && this.noun.sources?.[name]?.column === this.order.key.column;
    return filter.givenKeys.filter((name) => this.walkedWithin.includes(name) || isInOrder(name));
  }

  /** Those of one value, within which the list's order has an index. */
  private get walkedWithin(): string[] {
    const filter = this.scope.args.at('filter');
    const within = this.noun.orderedWithin?.(this.order.key?.column, filter) ?? [];
    return within.filter((name) => filter.at(name).isGiven);
  }

  /** The filters that a look at the key answers, where the list goes along an index that is not the table itself. */
  get keyFilters(): string[] {
    if (!this.order.key && this.walkedWithin.length === 0) return [];
    return this.scope.args.at('filter').givenKeys.filter((name) => this.noun.sources?.[name]?.testsKey);
  }

  /** Whether the list may start from a filter or go along its order, and nobody knows which is shorter. */
  get hasChoice(): boolean {
    if (this.isKeyed || this.order.ranking) return false;
    const walked = this.walkedFilters;
    return this.scope.args.at('filter').givenKeys.some((name) => this.noun.sources?.[name] && !walked.includes(name));
  }

  /** The filters that a list may start from, each with how many rows it finds; as far as it is worth counting them. */
  counts(effort?: SourceEffort, walked = effort ? this.walkedFilters : []): SourceCount[] {
    if (this.isKeyed) return [];
    const { args, compilation, dialect } = this.scope;
    const filter = args.at('filter');
    // Within them, the way along the order is short: fewer rows are worth a start from elsewhere.
    const isWithin = this.walkedWithin.length > 0;
    const countsSoon = dialect.countsLazily && !isWithin;
    return Object.entries(this.noun.sources ?? {}).flatMap(([source, { count, isKept }]) => {
      const value = filter.at(source);
      const isSource = value.isGiven && source !== this.order.ranking?.filter && !walked.includes(source);
      const isWorthIt = isKept || !effort || countsSoon || effort.countsAtAnyCost;
      if (!isSource || !isWorthIt) return [];
      const sorted = isKept && !isWithin ? effort?.sorted : effort?.counted;
      const most = sorted ?? compilation.limits.sortedRows;
      const counted = count(value, this.scope, filter, constant(most + 1));
      return counted ? [{ source, count: counted, most, isKept }] : [];
    });
  }

  baseCount({ count }: ListBase): SourceCount {
    return { source: BASE, count, most: this.scope.compilation.limits.sortedRows };
  }

  // ---- the number of the way to go, of one for each count and perhaps another one

  /** The way from the first filter that finds few, of several ways; the last way where none does. */
  firstOf(counts: readonly SourceCount[]): Sql | undefined {
    const cases = counts.map((count, index) => sql`when ${isFew(count)} then ${constant(index)}`);
    return counts.length === 0
      ? undefined
      : sql`select case ${join(cases, sql` `)} else ${constant(counts.length)} end`;
  }

  /** The way from the filter that finds fewest, if they are few; else the last way. */
  fewIfAny(counts: readonly SourceCount[]): Sql | undefined {
    const [first] = counts;
    if (!first || counts.length === 1) return this.firstOf(counts);
    const fewest = this.fewestOf(counts, { most: first.most, otherwise: counts.length });
    const { compilation, dialect } = this.scope;
    if (dialect.countsLazily) return fewest;
    // To count what an index finds may cost a hundred times what it takes to look at these.
    const few = constant(compilation.limits.sortedRows);
    const kept = counts.flatMap(({ count, isKept }, index) =>
      isKept ? [sql`when ${count} <= ${few} then ${constant(index)}`] : [],
    );
    return kept.length === 0 ? fewest : sql`select case ${join(kept, sql` `)} else (${fewest}) end`;
  }

  /** The way from the filter that finds fewest. */
  fewestOf(counts: readonly SourceCount[], few?: { most: number; otherwise: number }): Sql {
    const numbers = counts.map((_, index) => sql.ref(`count_${index}`));
    const fewest = numbers.reduce((a, b) => this.scope.dialect.least(a, b));
    const cases = numbers.map((number, index) => sql`when ${number} = ${fewest} then ${constant(index)}`);
    const many = few ? sql`when ${fewest} > ${constant(few.most)} then ${constant(few.otherwise)} ` : sql``;
    const all = join(
      counts.map(({ count }) => count),
      sql`, `,
    );
    // Counted once each, then compared.
    return sql`with counted(${join(numbers, sql`, `)}) as materialized (select ${all}) select case ${many}${join(cases, sql` `)} end from counted`;
  }
}
