import { sql } from 'kysely';
import type { FieldScope } from './compiler.js';
import { and, constant, join, or, type Sql } from './dialect.js';
import { type Effort, lastEffort } from './effort.js';
import type { Bound, ListCursors } from './list-cursor.js';
import { type ListOrder, RANK } from './list-order.js';
import { BASE, isFew, ListStart, type SourceCount } from './list-start.js';
import type { ListBase, NounReads, Ranking, Row } from './reads.js';

/** Which rows of a list are wanted. */
export interface Wanted {
  columns: readonly string[];
  bounds: readonly Bound[];
  /** Whether they are read against the list's order. */
  isTurned: boolean;
  limit: Sql;
}

/** Rows that are found with an effort. */
export interface FoundRows {
  rows: Sql;
  /** Whether there are no others where these are fewer than wanted; undefined where that is certain. */
  areAll?: Sql;
}

/** Where a list's rows are looked for. */
interface Start {
  /** The filter whose index it starts from; undefined to go along the list's order. */
  source?: string;
  /** Whether this is the way to go; undefined where there is no other. */
  isChosen?: Sql;
  /** Whether what it does not start from is looked at row by row; so it is where there are several ways. */
  looksAtRows?: boolean;
  /** Whether all that the filters find is sorted, by whatever index it is found. */
  sortsAll?: boolean;
  /** How many rows the source finds at most, where it is started from. */
  most?: number;
}

/**
 * The selects that find a list's rows. Several ways stand in one statement where only the run knows which is short; those
 * that are not gone look for nothing.
 */
export class ListRows {
  private readonly start: ListStart;

  constructor(
    private readonly scope: FieldScope,
    private readonly noun: NounReads,
    private readonly base: ListBase | undefined,
    private readonly order: ListOrder,
    private readonly cursors: ListCursors,
  ) {
    this.start = new ListStart(scope, noun, order);
  }

  /** The first rows of the list, or of the list turned round, between bounds. */
  find(wanted: Wanted): FoundRows {
    const { compilation, dialect } = this.scope;
    const { base } = this;
    const looks = compilation.effort?.ranked;
    if (!base && looks && this.order.ranking && this.isBestFirst(wanted))
      return { rows: this.walkedRank(this.order.ranking, wanted, looks), areAll: constant(false) };
    if (!base && !this.order.ranking) {
      if (!this.start.hasChoice) return { rows: this.sortedRows(wanted, {}) };
      if (compilation.effort) return this.triedRows(wanted, compilation.effort);
      return { rows: this.allRows(wanted) };
    }
    const choosesBase = base?.test !== undefined && !this.order.ranking && !this.start.isKeyed;
    if (choosesBase && dialect.kind === 'sqlite') return { rows: this.pickedRows(base, wanted) };
    const counts = this.start.counts();
    return { rows: this.unitedRows(wanted, choosesBase ? [this.start.baseCount(base), ...counts] : counts) };
  }

  /** The rows that are found with an effort: from a filter that finds few, or by some looks along the order. */
  private triedRows(wanted: Wanted, effort: Effort): FoundRows {
    const counts = this.start.counts(effort);
    const looks = this.start.keyFilters.length > 0 ? effort.walkedKeys : effort.walked;
    const ways = [
      ...counts.map(
        ({ source, most }) =>
          (start: Start) =>
            this.sortedRows(wanted, { ...start, source, most }),
      ),
      (start: Start) => this.walkedRows(wanted, start, looks),
    ];
    const isExhausted = sql`(select count(*) from (${this.along(wanted, this.scope.newRow(), [], looks)}) as walked) < ${constant(looks)}`;
    return {
      rows: this.chosenRows(
        wanted,
        ways,
        effort.comparesCounts ? this.start.fewIfAny(counts) : this.start.firstOf(counts),
      ),
      areAll: or([...counts.map(isFew), isExhausted]),
    };
  }

  /** The first of all rows that the filters find, from the one that finds fewest: all of its rows are looked at. */
  private allRows(wanted: Wanted): Sql {
    const counts = this.start.counts(lastEffort(this.scope.compilation.limits.sortedRows), []);
    if (counts.length === 0) return this.sortedRows(wanted, { sortsAll: true });
    const ways = counts.map(
      ({ source }) =>
        (start: Start) =>
          this.sortedRows(wanted, { ...start, source, looksAtRows: true }),
    );
    return this.chosenRows(wanted, ways, counts.length > 1 ? this.start.fewestOf(counts) : undefined);
  }

  /** The first rows along the list's order, looked at one by one. */
  private walkedRows(wanted: Wanted, { isChosen }: Start, most: number): Sql {
    const only = isChosen ? this.scope.dialect.onlyIf(isChosen, wanted.limit) : { limit: wanted.limit };
    // PostgreSQL's index says where the row is: to look at it there costs less than to find it by its key afterwards.
    if (this.start.keyFilters.length > 0 && this.scope.dialect.kind === 'sqlite')
      return this.fetchedRows(wanted, only, most);
    const row = this.scope.newRow();
    const columns = wanted.columns.map((name) => row.column(name));
    const conditions = this.conditions(row, { looksAtRows: true }, this.start.walkedFilters);
    return this.lookedAt(row, columns, [...conditions, only.where], only.limit, wanted, most);
  }

  /** The same where some filters need nothing but the key: the order's index knows that, and only what they leave is fetched. */
  private fetchedRows(wanted: Wanted, only: { where?: Sql; limit: Sql }, most: number): Sql {
    const { dialect } = this.scope;
    const { keyFilters, walkedFilters } = this.start;
    const [walked, row] = [this.scope.newRow(), this.scope.newRow()];
    const looks = { looksAtRows: true };
    const conditions = [
      ...this.filterConditions(walked, looks, keyFilters),
      ...this.conditions(row, looks, [...walkedFilters, ...keyFilters]),
      only.where,
    ];
    const columns = (wanted.columns.length > 0 ? wanted.columns : ['id']).map((name) => row.column(name));
    const keys = sql`(${this.along(wanted, this.scope.newRow(), ['id'], most)}) as ${sql.ref(walked.alias)}`;
    const fetched = dialect.lookedUp(this.scope.table(this.noun), row.alias, walked.column('id'));
    return sql`select ${join(columns, sql`, `)} from ${keys} ${fetched} where ${and(conditions)} limit ${only.limit}`;
  }

  /** The first rows of the best rank, where they are so many that they stand among the first of all. */
  private walkedRank({ filter, ranks, test }: Ranking, wanted: Wanted, most: number): Sql {
    const row = this.scope.newRow();
    const rank = (this.order.isDescending ? ranks.at(-1) : ranks[0]) ?? 0;
    const columns = wanted.columns.map((name) => (name === RANK ? this.rankColumn(rank) : row.column(name)));
    const isRanked = test(row, this.scope.args.at('filter').at(filter), rank, this.scope);
    const conditions = [isRanked, ...this.conditions(row, { looksAtRows: true }, [filter])];
    return this.lookedAt(row, columns, conditions, wanted.limit, wanted, most);
  }

  private lookedAt(
    row: Row,
    columns: readonly Sql[],
    conditions: readonly (Sql | undefined)[],
    limit: Sql,
    wanted: Wanted,
    most: number,
  ): Sql {
    const selected = columns.length > 0 ? columns : [row.column('id')];
    const rows = sql`(${this.along(wanted, this.scope.newRow(), row.columns, most)}) as ${sql.ref(row.alias)}`;
    return sql`select ${join(selected, sql`, `)} from ${rows} where ${and(conditions)} limit ${limit}`;
  }

  private rankColumn(rank: number): Sql {
    return sql`${constant(rank)} as ${sql.ref(RANK)}`;
  }

  /** The first rows along the list's order, whatever the filters say that the order's index knows nothing of. */
  private along(wanted: Wanted, row: Row, columns: readonly string[], most: number): Sql {
    const filter = this.scope.args.at('filter');
    const key = this.order.keyOf(row);
    const conditions = [
      ...this.start.walkedFilters.map((name) => this.noun.filters[name]?.(row, filter.at(name), this.scope, filter)),
      ...wanted.bounds.map((bound) => this.cursors.compareKey(key, bound)),
    ];
    const selected = columns.length > 0 ? columns.map((name) => row.column(name)) : [constant(1)];
    const start = { limit: constant(most), isTurned: wanted.isTurned };
    return this.select(selected, this.scope.from(this.noun, row), conditions, key, start, {});
  }

  /** The rows by the one way that is gone; the select of each way is there, and all others find nothing. */
  private unitedRows(wanted: Wanted, counts: readonly SourceCount[]): Sql {
    const ways = [...counts, undefined].map((count) => (start: Start) => {
      const from = { ...start, source: count?.source, most: count?.most };
      if (!this.order.ranking) return this.sortedRows(wanted, from);
      return sql`${this.unionOf(this.rankedRows(this.order.ranking, wanted, from))} limit ${wanted.limit}`;
    });
    return this.chosenRows(wanted, ways, this.start.firstOf(counts));
  }

  /** @param choice the select of the way's number; left out where there is only one */
  private chosenRows(wanted: Wanted, ways: readonly ((start: Start) => Sql)[], choice: Sql | undefined): Sql {
    const name = sql.ref(`${this.scope.newRow().alias}_start`);
    const [only] = ways;
    if (!choice && only) return only({});
    const isWay = (index: number) => sql`(select way from ${name}) = ${constant(index)}`;
    const selects = ways.map((way, index) => way({ isChosen: isWay(index) }));
    return sql`with ${name}(way) as materialized (${choice}) ${this.unionOf(selects)} limit ${wanted.limit}`;
  }
  /**
   * The same for a list within an entry on SQLite, where the limit of a select can't depend on the entry: the keys are
   * picked first, by a case that asks for one way alone.
   */
  private pickedRows(base: ListBase, wanted: Wanted): Sql {
    const keys = { ...wanted, columns: ['id'] };
    const fromBase = this.sortedRows(keys, { source: BASE, looksAtRows: true });
    const otherwise = this.unitedRows(keys, this.start.counts());
    const list = (rows: Sql) => sql`(select json_group_array(id) from (${rows}))`;
    const picked = sql`json_each(case when ${isFew(this.start.baseCount(base))} then ${list(fromBase)} else ${list(otherwise)} end) as picked`;
    const row = this.scope.newRow();
    const columns = wanted.columns.length > 0 ? wanted.columns.map((name) => row.column(name)) : [row.column('id')];
    return sql`select ${join(columns, sql`, `)} from ${picked} cross join ${this.scope.from(this.noun, row)} where ${row.column('id')} = picked.value`;
  }

  private unionOf(selects: readonly Sql[]): Sql {
    const [only] = selects;
    if (only && selects.length === 1) return only;
    const parts = selects.map((select) => sql`select * from (${select}) as way`);
    return join(parts, sql` union all `);
  }

  private sortedRows(wanted: Wanted, start: Start): Sql {
    const row = this.scope.newRow();
    // Sorted, from a source: an index of the order would be gone along instead, past all that the source does not find.
    const { dialect } = this.scope;
    const isSorted = start.source !== undefined || start.sortsAll;
    const key = isSorted ? this.order.keyOf(row).map((part) => dialect.sorted(part)) : this.order.keyOf(row);
    const bounds = wanted.bounds.map((bound) => this.cursors.compareKey(key, bound));
    const columns = wanted.columns.length > 0 ? wanted.columns.map((name) => row.column(name)) : [row.column('id')];
    const where = [...this.conditions(row, start), ...bounds];
    return this.select(columns, this.fromOf(row, start), where, key, wanted, start);
  }

  private fromOf(row: Row, { source, most = 0 }: Start): Sql {
    const filter = this.scope.args.at('filter');
    const first = source === undefined ? undefined : this.noun.sources?.[source]?.first;
    const rows = first?.(row, filter.at(source ?? ''), this.scope, filter, constant(most));
    return rows ?? this.scope.from(this.noun, row);
  }

  /** The rows of each rank, one rank after another: each in the order of ids, in which an index finds them. */
  private rankedRows(ranking: Ranking, wanted: Wanted, start: Start): Sql[] {
    const value = this.scope.args.at('filter').at(ranking.filter);
    const isUpward = this.order.isDescending === wanted.isTurned;
    return (isUpward ? ranking.ranks : ranking.ranks.toReversed()).map((rank) => {
      const row = this.scope.newRow();
      const startsHere = start.source === undefined;
      const { from, where, id } =
        startsHere && !this.start.isKeyed
          ? ranking.find(row, value, rank, this.scope)
          : {
              from: this.scope.from(this.noun, row),
              where: ranking.test(row, value, rank, this.scope),
              id: row.column('id'),
            };
      const bounds = wanted.bounds.map((bound) => this.cursors.compareRank(id, rank, bound));
      const columns = wanted.columns.map((name) => (name === RANK ? this.rankColumn(rank) : row.column(name)));
      const conditions = [where, ...this.conditions(row, start, [ranking.filter]), ...bounds];
      return this.select(columns.length > 0 ? columns : [id], from, conditions, [id], wanted, start);
    });
  }

  private select(
    columns: readonly Sql[],
    from: Sql,
    conditions: readonly (Sql | undefined)[],
    key: readonly Sql[],
    { isTurned, limit }: Pick<Wanted, 'isTurned' | 'limit'>,
    { isChosen }: Start,
  ): Sql {
    const only = isChosen ? this.scope.dialect.onlyIf(isChosen, limit) : { limit };
    const orderBy = this.order.along(key, isTurned);
    return sql`select ${join(columns, sql`, `)} from ${from} where ${and([...conditions, only.where])} order by ${orderBy} limit ${only.limit}`;
  }

  /** Whether a page begins with the best rank, of which nobody knows how many there are before all are found. */
  private isBestFirst(wanted: Wanted): boolean {
    const isFirstPage = wanted.bounds.length === 0 && !wanted.isTurned;
    return isFirstPage && !this.start.isKeyed && !this.scope.dialect.countsLazily;
  }

  private get filter() {
    return this.scope.args.at('filter');
  }

  /** What every row of the list fulfils, wherever the page begins; as looks at the row, but for what the rows start from. */
  private conditions(row: Row, start?: Start, without: readonly string[] = []): (Sql | undefined)[] {
    const names = this.filter.givenKeys.filter((name) => !without.includes(name));
    const filters = this.filterConditions(row, start, names);
    const baseTest = start && start.source !== BASE ? this.base?.test : undefined;
    const find = (start?.source === BASE && this.base?.find) || this.base?.where;
    const base = (baseTest ?? find)?.(row);
    return [base, this.scope.compilation.visible(this.noun, row), ...filters];
  }

  /** Whether a row is one of the list, as if some fields of the filter were not given. */
  matching(row: Row, without: readonly string[]): Sql {
    const filter = this.filter.without(without);
    const visible = this.scope.compilation.visible(this.noun, row);
    return and([this.base?.where(row), visible, ...this.filterConditions(row, undefined, filter.givenKeys, filter)]);
  }

  /**
   * Whether a row is one of the list, for all of them to be looked at. Those of a stretch of an index stand anywhere in the
   * table: to read them in its order takes a third of the time.
   */
  matchingAll(row: Row): Sql {
    const { noun, base, filter } = this;
    const { dialect, compilation } = this.scope;
    const [first, ...others] = filter.givenKeys.filter((name) => noun.sources?.[name]);
    const isStretches = [first, ...others].every((name) => name && noun.sources?.[name]?.column);
    if (!first || !isStretches || base || this.start.isKeyed || !dialect.amongMany) return this.matching(row, []);
    const found = this.scope.newRow();
    const isFound = noun.filters[first]?.(found, filter.at(first), this.scope, filter) ?? constant(true);
    const ids = sql`select ${found.column('id')} from ${this.scope.from(noun, found)} where ${isFound}`;
    const rest = this.filterConditions(row, { looksAtRows: true }, others);
    return and([dialect.amongMany(row.column('id'), ids), compilation.visible(noun, row), ...rest]);
  }

  private filterConditions(
    row: Row,
    start: Start | undefined,
    names: readonly string[],
    filter = this.filter,
  ): (Sql | undefined)[] {
    const { dialect } = this.scope;
    return names.map((name) => {
      const source = this.noun.sources?.[name];
      const test = start && start.source !== name && this.isLookedAt(start) ? source?.test : undefined;
      const find = start?.source === name || start?.sortsAll ? source?.find : undefined;
      const condition = (test ?? find ?? this.noun.filters[name])?.(row, filter.at(name), this.scope, filter);
      return condition && start?.source === name ? dialect.rare(condition) : condition;
    });
  }

  /** Whether rows that are found otherwise are looked at one by one; PostgreSQL decides that by itself where it can. */
  private isLookedAt({ isChosen, looksAtRows = isChosen !== undefined }: Start): boolean {
    return looksAtRows || (this.start.isKeyed && this.scope.dialect.kind === 'sqlite');
  }
}
