import { type FieldNode, getNamedType, type GraphQLObjectType } from 'graphql';
import { sql } from 'kysely';
import { BadCursorError, BadUserInputError } from '../errors.js';
import { type Cursor, fingerprintOf, parseCursor } from '../shared/cursor.js';
import type { FieldScope } from './compiler.js';
import { LARGEST_ID, NO_ID } from '../shared/id.js';
import { and, asJson, constant, join, or, type Sql } from './dialect.js';
import { type Effort, lastEffort, type SourceEffort } from './effort.js';
import type { Bindings } from './param.js';
import type { ColumnKey, ListBase, NounReads, OrderKey, Ranking, Row } from './reads.js';
import { collectFields } from './selection.js';
import { SharedRows } from './shared-rows.js';

/**
 * The SQL of a Relay connection: one scan of the page's rows, with one row more where the page's end is asked for.
 *
 * Rows are found by keyset: the sort key and the id, both in the same direction, so that a page costs the same
 * anywhere in the list. A page is read in the direction it is counted in; `last` reads backwards and is turned round
 * when the rows are put together.
 * @see https://relay.dev/graphql/connections.htm
 */
export function compileConnection(scope: FieldScope, base: ListBase | undefined): Sql {
  return new ConnectionCompiler(scope, base).compile();
}

/** Filters that name rows: whatever else is asked, a list starts from them. */
const KEY_FILTERS = new Set(['ids', 'slugs', 'entityIds']);

/** The base of a list, as what it starts from. */
const BASE = 'base';

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

/** A filter that a list may start from, and how many rows it finds. */
interface SourceCount {
  source: string;
  count: Sql;
  /** How many are few enough to sort them. */
  most: number;
}

/** Rows that are found with an effort. */
interface FoundRows {
  rows: Sql;
  /** Whether there are no others where these are fewer than wanted; undefined where that is certain. */
  areAll?: Sql;
}

/** A cursor that rows lie at one side of. */
interface Bound {
  argument: 'after' | 'before';
  operator: '<' | '<=' | '>' | '>=';
}

/** Which rows of a list are wanted. */
interface Wanted {
  columns: readonly string[];
  bounds: readonly Bound[];
  /** Whether they are read against the list's order. */
  isTurned: boolean;
  limit: Sql;
}

/** The column of a row's rank, which stands in no table. */
const RANK = 'rank';

const isFew = ({ count, most }: SourceCount): Sql => sql`${count} <= ${constant(most)}`;

class ConnectionCompiler {
  private readonly noun: NounReads;
  private readonly key: ColumnKey | undefined;
  private readonly ranking: Ranking | undefined;
  private readonly isDescending: boolean;
  private readonly isBackward: boolean;
  /** The page's rows, as the parts of the answer see them. */
  private readonly page: Row;
  /** Whether one row more than the page is read, to know whether there is one. */
  private readonly needsEnd: boolean;
  /** What must hold for the answer to be right: else the statement has none. */
  private readonly certainties: Sql[] = [];
  private size: Sql | undefined;

  constructor(
    private readonly scope: FieldScope,
    private readonly base: ListBase | undefined,
  ) {
    const { args, compilation } = scope;
    this.noun = compilation.noun(scope.type.replace(/Connection$/, ''));
    const orderBy = args.at('orderBy');
    const order = this.orderKey();
    this.key = order && 'column' in order ? order : undefined;
    this.ranking = order && 'ranks' in order ? order : undefined;
    this.isDescending = orderBy.isGiven
      ? orderBy.at('direction').enumValue === 'DESC'
      : this.noun.isNewestFirst === true;
    this.isBackward = args.at('last').isGiven;
    this.page = scope.newRow();
    this.needsEnd = this.selects('pageInfo');
    scope.check((bindings) => this.checkArguments(bindings));
  }

  private orderKey(): OrderKey {
    const orderBy = this.scope.args.at('orderBy');
    const filter = this.scope.args.at('filter');
    const field = orderBy.isGiven ? orderBy.at('field').enumValue : this.noun.defaultOrder?.(filter);
    const order = field === undefined ? undefined : this.noun.orders[field];
    if (order && 'ranks' in order && !filter.at(order.filter).isGiven)
      throw new BadUserInputError([
        { path: this.pathOf('orderBy.field'), message: `may be ${field} only with filter.${order.filter}` },
      ]);
    return order;
  }

  compile(): Sql {
    const { dialect } = this.scope;
    const answer = dialect.jsonObject(
      Array.from(this.selection(), ([key, nodes]) => {
        return [key, this.part(nodes[0]?.name.value ?? '', nodes, [...this.scope.path, key])];
      }),
    );
    const readsPage = ['edges', 'nodes', 'pageInfo'].some((name) => this.selects(name));
    return asJson(readsPage ? this.answerOfPage(answer) : sql`(select ${answer})`);
  }

  private answerOfPage(answer: Sql): Sql {
    const rows = this.pageRows();
    if (this.certainties.length === 0) return sql`(select ${answer} from ${rows})`;
    this.scope.compilation.givesUp = true;
    return sql`(select case when ${and(this.certainties)} then ${answer} end from ${rows})`;
  }

  private selection() {
    return collectFields(this.scope.compilation.operation, this.scope.type, this.scope.selectionSets);
  }

  private selects(name: string): boolean {
    return [...this.selection().values()].some(([node]) => node?.name.value === name);
  }

  private part(name: string, nodes: readonly FieldNode[], path: readonly string[]): Sql {
    const sets = nodes.map((node) => node.selectionSet);
    switch (name) {
      case '__typename':
        return this.scope.dialect.jsonText(this.scope.type);
      case 'nodes':
        return this.arrayOf(this.scope.object(this.page, this.noun.type, sets, path));
      case 'edges':
        return this.arrayOf(this.edge(sets, path));
      case 'pageInfo':
        return this.pageInfo(sets);
      case 'totalCount':
        return this.totalCount();
      default:
        return this.nounPart(name, sets, path);
    }
  }

  /** What the noun's own declaration has beside what every connection has. */
  private nounPart(name: string, sets: FieldScope['selectionSets'], path: readonly string[]): Sql {
    const { compilation, dialect } = this.scope;
    const reads = this.noun.connectionParts?.[name];
    if (!reads) throw new Error(`The field ${this.scope.type}.${name} has no reads declared.`);
    const type = getNamedType(compilation.objectType(this.scope.type).getFields()[name]?.type) as GraphQLObjectType;
    const list = new SharedRows(this.scope, this.noun, this.base, (row, without) =>
      and(this.conditions(row, undefined, without)),
    );
    const parts = Array.from(collectFields(compilation.operation, type.name, sets), ([key, nodes]) => {
      const field = nodes[0]?.name.value ?? '';
      if (field === '__typename') return [key, dialect.jsonText(type.name)] as const;
      const read = reads[field];
      if (!read) throw new Error(`The field ${type.name}.${field} has no reads declared.`);
      return [key, read(list, this.scope.at(type, nodes, [...path, key]))] as const;
    });
    return list.before(dialect.jsonObject(parts));
  }

  private edge(sets: FieldScope['selectionSets'], path: readonly string[]): Sql {
    const { compilation, dialect } = this.scope;
    const type = `${this.noun.type}Edge`;
    return dialect.jsonObject(
      Array.from(collectFields(compilation.operation, type, sets), ([key, nodes]) => {
        const name = nodes[0]?.name.value;
        if (name === '__typename') return [key, dialect.jsonText(type)];
        if (name === 'cursor') return [key, this.cursor()];
        const nodeSets = nodes.map((node) => node.selectionSet);
        return [key, this.scope.object(this.page, this.noun.type, nodeSets, [...path, key])];
      }),
    );
  }

  private pageInfo(sets: FieldScope['selectionSets']): Sql {
    const { compilation, dialect } = this.scope;
    const { isBackward } = this;
    const first = sql`max(${this.cursor()}) filter (where ${this.page.column('position')} = 1)`;
    const lastPosition = dialect.least(this.pageSize(), this.page.column('found'));
    const last = sql`max(${this.cursor()}) filter (where ${this.page.column('position')} = ${lastPosition})`;
    const isCut = sql`count(*) > ${this.pageSize()}`;
    const parts: Record<string, () => Sql> = {
      __typename: () => dialect.jsonText('PageInfo'),
      hasNextPage: () =>
        dialect.jsonBoolean(isBackward ? this.isBeyond('before') : sql`${isCut} or ${this.isBeyond('before')}`),
      hasPreviousPage: () =>
        dialect.jsonBoolean(isBackward ? sql`${isCut} or ${this.isBeyond('after')}` : this.isBeyond('after')),
      startCursor: () => (isBackward ? last : first),
      endCursor: () => (isBackward ? first : last),
    };
    return dialect.jsonObject(
      Array.from(collectFields(compilation.operation, 'PageInfo', sets), ([key, [node]]) => {
        const part = parts[node?.name.value ?? ''];
        if (!part) throw new Error(`The field PageInfo.${node?.name.value} has no reads declared.`);
        return [key, part()];
      }),
    );
  }

  private totalCount(): Sql {
    const kept = this.base ? this.baseTotal(this.base) : this.noun.total?.(this.scope);
    if (kept) return kept;
    const row = this.scope.newRow();
    return sql`(select count(*) from ${this.scope.from(this.noun, row)} where ${and(this.conditions(row))})`;
  }

  private baseTotal({ count }: ListBase): Sql | undefined {
    const isFiltered = this.scope.args.at('filter').givenKeys.some((key) => key !== 'includeDescendants');
    return isFiltered ? undefined : count;
  }

  /** An array of the page's elements: without the row that only tells that there is more, and in the list's order. */
  private arrayOf(element: Sql): Sql {
    const where = this.needsEnd ? sql`${this.page.column('position')} <= ${this.pageSize()}` : undefined;
    // Forwards, the rows come in the order of the subselect that limits them, on both databases.
    const orderBy = this.isBackward ? this.orderBy(this.page, false) : undefined;
    return this.scope.dialect.jsonArrayOf(element, { where, orderBy });
  }

  /** The subselect of the page's rows, with the columns that the answer turned out to use. */
  private pageRows(): Sql {
    const size = this.needsEnd ? sql`${this.pageSize()} + 1` : this.pageSize();
    const ends = (['after', 'before'] as const).filter((argument) => this.scope.args.at(argument).isGiven);
    const isGreater = (argument: 'after' | 'before') => (argument === 'after') !== this.isDescending;
    const { rows, areAll } = this.rows({
      // Asked for after the answer was compiled, so that the page knows its columns.
      columns: this.page.columns.filter((name) => name !== 'position' && name !== 'found'),
      bounds: ends.map((argument) => ({ argument, operator: isGreater(argument) ? '>' : '<' })),
      isTurned: this.isBackward,
      limit: size,
    });
    if (areAll) this.certainties.push(or([sql`count(*) >= ${size}`, areAll]));
    const name = sql.ref(this.page.alias);
    if (!this.needsEnd) return sql`(${rows}) as ${name}`;
    return sql`(select *, row_number() over () as position, count(*) over () as found from (${rows}) as counted) as ${name}`;
  }

  /** The first rows of the list, or of the list turned round, between bounds. */
  private rows(wanted: Wanted): FoundRows {
    const { compilation, dialect } = this.scope;
    const { base } = this;
    const looks = compilation.effort?.ranked;
    if (!base && looks && this.ranking && this.isBestFirst)
      return { rows: this.walkedRank(this.ranking, wanted, looks), areAll: constant(false) };
    if (!base && !this.ranking) {
      if (!this.hasChoice) return { rows: this.sortedRows(wanted, {}) };
      if (compilation.effort) return this.triedRows(wanted, compilation.effort);
      return { rows: this.allRows(wanted) };
    }
    const choosesBase = base?.test !== undefined && !this.ranking && !this.isKeyed;
    if (choosesBase && dialect.kind === 'sqlite') return { rows: this.pickedRows(base, wanted) };
    const counts = this.sourceCounts();
    return { rows: this.unitedRows(wanted, choosesBase ? [this.baseCount(base), ...counts] : counts) };
  }

  /** The rows that are found with an effort: from a filter that finds few, or by some looks along the order. */
  private triedRows(wanted: Wanted, effort: Effort): FoundRows {
    const counts = this.sourceCounts(effort);
    const ways = [
      ...counts.map(
        ({ source, most }) =>
          (start: Start) =>
            this.sortedRows(wanted, { ...start, source, most }),
      ),
      (start: Start) => this.walkedRows(wanted, start, effort.walked),
    ];
    const isExhausted = sql`(select count(*) from (${this.along(wanted, this.scope.newRow(), [], effort.walked)}) as walked) < ${constant(effort.walked)}`;
    return {
      rows: this.chosenRows(wanted, ways, effort.comparesCounts ? this.fewIfAny(counts) : this.firstOf(counts)),
      areAll: or([...counts.map(isFew), isExhausted]),
    };
  }

  /** The first of all rows that the filters find, from the one that finds fewest: all of its rows are looked at. */
  private allRows(wanted: Wanted): Sql {
    const counts = this.sourceCounts(lastEffort(this.scope.compilation.limits.sortedRows), []);
    if (counts.length === 0) return this.sortedRows(wanted, { sortsAll: true });
    const ways = counts.map(
      ({ source }) =>
        (start: Start) =>
          this.sortedRows(wanted, { ...start, source, looksAtRows: true }),
    );
    return this.chosenRows(wanted, ways, counts.length > 1 ? this.fewestOf(counts) : undefined);
  }

  /** The first rows along the list's order, looked at one by one. */
  private walkedRows(wanted: Wanted, { isChosen }: Start, most: number): Sql {
    const row = this.scope.newRow();
    const columns = wanted.columns.map((name) => row.column(name));
    const conditions = this.conditions(row, { looksAtRows: true }, this.walkedFilters);
    const only = isChosen ? this.scope.dialect.onlyIf(isChosen, wanted.limit) : { limit: wanted.limit };
    return this.lookedAt(row, columns, [...conditions, only.where], only.limit, wanted, most);
  }

  /** The first rows of the best rank, where they are so many that they stand among the first of all. */
  private walkedRank({ filter, ranks, test }: Ranking, wanted: Wanted, most: number): Sql {
    const row = this.scope.newRow();
    const rank = (this.isDescending ? ranks.at(-1) : ranks[0]) ?? 0;
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
    const key = this.keyOf(row);
    const conditions = [
      ...this.walkedFilters.map((name) => this.noun.filters[name]?.(row, filter.at(name), this.scope, filter)),
      ...wanted.bounds.map((bound) => this.compareToCursor(key, bound)),
    ];
    const selected = columns.length > 0 ? columns.map((name) => row.column(name)) : [constant(1)];
    const start = { limit: constant(most), isTurned: wanted.isTurned };
    return this.select(selected, this.scope.from(this.noun, row), conditions, key, start, {});
  }

  /** The rows by the one way that is gone; the select of each way is there, and all others find nothing. */
  private unitedRows(wanted: Wanted, counts: readonly SourceCount[]): Sql {
    const ways = [...counts, undefined].map((count) => (start: Start) => {
      const from = { ...start, source: count?.source, most: count?.most };
      if (!this.ranking) return this.sortedRows(wanted, from);
      return sql`${this.unionOf(this.rankedRows(this.ranking, wanted, from))} limit ${wanted.limit}`;
    });
    return this.chosenRows(wanted, ways, this.firstOf(counts));
  }

  /** @param choice the select of the way's number; left out where there is only one */
  private chosenRows(wanted: Wanted, ways: readonly ((start: Start) => Sql)[], choice: Sql | undefined): Sql {
    const name = sql.ref(`${this.page.alias}_start`);
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
    const otherwise = this.unitedRows(keys, this.sourceCounts());
    const list = (rows: Sql) => sql`(select json_group_array(id) from (${rows}))`;
    const picked = sql`json_each(case when ${isFew(this.baseCount(base))} then ${list(fromBase)} else ${list(otherwise)} end) as picked`;
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

  /** The way from the first filter that finds few, of several ways; the last way where none does. */
  private firstOf(counts: readonly SourceCount[]): Sql | undefined {
    const cases = counts.map((count, index) => sql`when ${isFew(count)} then ${constant(index)}`);
    return counts.length === 0
      ? undefined
      : sql`select case ${join(cases, sql` `)} else ${constant(counts.length)} end`;
  }

  /** The way from the filter that finds fewest, if they are few; else the last way. */
  private fewIfAny(counts: readonly SourceCount[]): Sql | undefined {
    const [first] = counts;
    if (!first || counts.length === 1) return this.firstOf(counts);
    return this.fewestOf(counts, { most: first.most, otherwise: counts.length });
  }

  /** The way from the filter that finds fewest. */
  private fewestOf(counts: readonly SourceCount[], few?: { most: number; otherwise: number }): Sql {
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

  private sortedRows(wanted: Wanted, start: Start): Sql {
    const row = this.scope.newRow();
    // Sorted, from a source: an index of the order would be gone along instead, past all that the source does not find.
    const { dialect } = this.scope;
    const isSorted = start.source !== undefined || start.sortsAll;
    const key = isSorted ? this.keyOf(row).map((part) => dialect.sorted(part)) : this.keyOf(row);
    const bounds = wanted.bounds.map((bound) => this.compareToCursor(key, bound));
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
    const isUpward = this.isDescending === wanted.isTurned;
    return (isUpward ? ranking.ranks : ranking.ranks.toReversed()).map((rank) => {
      const row = this.scope.newRow();
      const startsHere = start.source === undefined;
      const { from, where, id } =
        startsHere && !this.isKeyed
          ? ranking.find(row, value, rank, this.scope)
          : {
              from: this.scope.from(this.noun, row),
              where: ranking.test(row, value, rank, this.scope),
              id: row.column('id'),
            };
      const bounds = wanted.bounds.map((bound) => this.compareToRank(id, rank, bound));
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
    const direction = this.isDescending === isTurned ? sql`asc` : sql`desc`;
    const orderBy = key.map((part) => sql`${part} ${direction}`);
    return sql`select ${join(columns, sql`, `)} from ${from} where ${and([...conditions, only.where])} order by ${join(orderBy, sql`, `)} limit ${only.limit}`;
  }

  // ---- where to start

  /** Whether the filter names its rows. */
  private get isKeyed(): boolean {
    return this.scope.args.at('filter').givenKeys.some((key) => KEY_FILTERS.has(key));
  }

  /** The filters that the rows along the list's order are found by, in its index. */
  private get walkedFilters(): string[] {
    const filter = this.scope.args.at('filter');
    const isInOrder = (name: string) => this.key && this.noun.sources?.[name]?.column === this.key.column;
    return filter.givenKeys.filter((name) => this.walkedWithin.includes(name) || isInOrder(name));
  }

  /** Those of one value, within which the list's order has an index. */
  private get walkedWithin(): string[] {
    const filter = this.scope.args.at('filter');
    const within = this.noun.orderedWithin?.(this.key?.column, filter) ?? [];
    return within.filter((name) => filter.at(name).isGiven);
  }

  /** Whether the list may start from a filter or go along its order, and nobody knows which is shorter. */
  private get hasChoice(): boolean {
    if (this.isKeyed || this.ranking) return false;
    const walked = this.walkedFilters;
    return this.scope.args.at('filter').givenKeys.some((name) => this.noun.sources?.[name] && !walked.includes(name));
  }

  /** Whether a page begins with the best rank, of which nobody knows how many there are before all are found. */
  private get isBestFirst(): boolean {
    const { args, dialect } = this.scope;
    const isFirstPage = !args.at('after').isGiven && !args.at('before').isGiven && !this.isBackward;
    return isFirstPage && !this.isKeyed && !dialect.countsLazily;
  }

  /** The filters that a list may start from, each with how many rows it finds; as far as it is worth counting them. */
  private sourceCounts(effort?: SourceEffort, walked = effort ? this.walkedFilters : []): SourceCount[] {
    if (this.isKeyed) return [];
    const { args, compilation, dialect } = this.scope;
    const filter = args.at('filter');
    const countsSoon = dialect.countsLazily && this.walkedWithin.length === 0;
    return Object.entries(this.noun.sources ?? {}).flatMap(([source, { count, isKept }]) => {
      const value = filter.at(source);
      const isSource = value.isGiven && source !== this.ranking?.filter && !walked.includes(source);
      const isWorthIt = isKept || !effort || countsSoon || effort.countsAtAnyCost;
      if (!isSource || !isWorthIt) return [];
      const most = (isKept ? effort?.sorted : effort?.counted) ?? compilation.limits.sortedRows;
      const counted = count(value, this.scope, filter, constant(most + 1));
      return counted ? [{ source, count: counted, most }] : [];
    });
  }

  private baseCount({ count }: ListBase): SourceCount {
    return { source: BASE, count, most: this.scope.compilation.limits.sortedRows };
  }

  /** What every row of the list fulfils, wherever the page begins; as looks at the row, but for what the rows start from. */
  private conditions(row: Row, start?: Start, without: readonly string[] = []): (Sql | undefined)[] {
    const { args, compilation } = this.scope;
    const filter = args.at('filter');
    const filters = filter.givenKeys
      .filter((key) => !without.includes(key))
      .map((key) => {
        const test =
          start && start.source !== key && this.isLookedAt(start) ? this.noun.sources?.[key]?.test : undefined;
        const { dialect } = this.scope;
        const find = start?.source === key || start?.sortsAll ? this.noun.sources?.[key]?.find : undefined;
        const condition = (test ?? find ?? this.noun.filters[key])?.(row, filter.at(key), this.scope, filter);
        return condition && start?.source === key ? dialect.rare(condition) : condition;
      });
    const baseTest = start && start.source !== BASE ? this.base?.test : undefined;
    const find = (start?.source === BASE && this.base?.find) || this.base?.where;
    const base = (baseTest ?? find)?.(row);
    return [base, compilation.visible(this.noun, row), ...filters];
  }

  /** Whether rows that are found otherwise are looked at one by one; PostgreSQL decides that by itself where it can. */
  private isLookedAt({ isChosen, looksAtRows = isChosen !== undefined }: Start): boolean {
    return looksAtRows || (this.isKeyed && this.scope.dialect.kind === 'sqlite');
  }

  private keyOf(row: Row): Sql[] {
    return this.key ? [row.column(this.key.column), row.column('id')] : [row.column('id')];
  }

  private orderBy(row: Row, isTurned: boolean): Sql {
    const direction = this.isDescending === isTurned ? sql`asc` : sql`desc`;
    const key = this.ranking ? [row.column(RANK), row.column('id')] : this.keyOf(row);
    return join(
      key.map((part) => sql`${part} ${direction}`),
      sql`, `,
    );
  }

  // ---- cursors

  private cursor(): Sql {
    const { dialect } = this.scope;
    const print = dialect.bind(
      this.scope.slot((bindings) => this.fingerprint(bindings)),
      'text',
    );
    const id = dialect.cursorText(this.page.column('id'), this.idType);
    const key = this.key ?? (this.ranking && { column: RANK, type: 'integer' as const });
    if (!key) return sql`${print} || '.' || ${id}`;
    return sql`${print} || '.' || ${id} || '.' || ${dialect.cursorText(this.page.column(key.column), key.type)}`;
  }

  private get idType(): 'integer' | 'bigint' {
    return this.noun.hasLargeIds ? 'bigint' : 'integer';
  }

  private fingerprint(bindings: Bindings): string {
    const { orderBy, filter } = this.argumentsOf(bindings);
    return fingerprintOf([this.noun.type, orderBy ?? null, filter ?? null]);
  }

  /** Whether the list goes on at the other side of a cursor, the cursor's own row included. */
  private isBeyond(argument: 'after' | 'before'): Sql {
    if (!this.scope.args.at(argument).isGiven) return sql`1 = 0`;
    const isGreater = (argument === 'after') !== this.isDescending;
    const { rows, areAll } = this.rows({
      columns: [],
      bounds: [{ argument, operator: isGreater ? '<=' : '>=' }],
      // From the cursor away: the nearest row tells.
      isTurned: argument === 'after',
      limit: constant(1),
    });
    // Not `exists`: PostgreSQL leaves out the order and the limit in there, and reads whatever comes first.
    const isThere = sql`(select count(*) from (${rows}) as beyond) > 0`;
    if (areAll) this.certainties.push(or([isThere, areAll]));
    return isThere;
  }

  private compareToCursor(rowKey: readonly Sql[], { argument, operator }: Bound): Sql {
    const { dialect } = this.scope;
    const id = dialect.bind(
      this.scope.slot((bindings) => this.readCursor(bindings, argument).id),
      this.idType,
    );
    if (!this.key) return sql`${join(rowKey, sql`, `)} ${sql.raw(operator)} ${id}`;
    // A whole number is bound as the larger type: a forged cursor may hold one that the column can't.
    const type = this.key.type === 'integer' ? 'bigint' : this.key.type;
    const key = dialect.bind(
      this.scope.slot((bindings) => dialect.toDriver(this.readCursor(bindings, argument).key, type)),
      type,
    );
    return sql`(${join(rowKey, sql`, `)}) ${sql.raw(operator)} (${key}, ${id})`;
  }

  /** The same for rows of one rank: all of them stand behind a cursor of a rank before, and none behind one of a later rank. */
  private compareToRank(id: Sql, rank: number, { argument, operator }: Bound): Sql {
    const { dialect } = this.scope;
    const bound = this.scope.slot((bindings) => {
      const { key = 0, id: place } = this.readCursor(bindings, argument);
      if (rank === key) return place;
      return rank < Number(key) ? LARGEST_ID + 1 : NO_ID;
    });
    return sql`${id} ${sql.raw(operator)} ${dialect.bind(bound, 'bigint')}`;
  }

  private readCursor(bindings: Bindings, argument: 'after' | 'before'): Cursor {
    const text = this.argumentsOf(bindings)[argument] ?? '';
    const type = this.ranking ? 'integer' : this.key?.type;
    const largestId = this.noun.hasLargeIds ? Number.MAX_SAFE_INTEGER : LARGEST_ID;
    const cursor = parseCursor(text, this.fingerprint(bindings), type, largestId);
    if (!cursor) throw new BadCursorError(this.pathOf(argument));
    return cursor;
  }

  // ---- arguments

  private argumentsOf(bindings: Bindings): ConnectionArguments {
    return this.scope.args.read(bindings) as ConnectionArguments;
  }

  private pageSize(): Sql {
    this.size ??= this.scope.compilation.sizeInText((bindings) => {
      const { first, last } = this.argumentsOf(bindings);
      return first ?? last ?? this.scope.compilation.limits.page.default;
    });
    return this.size;
  }

  private checkArguments(bindings: Bindings): void {
    const args = this.argumentsOf(bindings);
    const { max } = this.scope.compilation.limits.page;
    if (typeof args.first === 'number' && typeof args.last === 'number') {
      throw new BadUserInputError([{ path: this.pathOf('last'), message: 'must not be given together with first' }]);
    }
    for (const argument of ['first', 'last'] as const) {
      const size = args[argument];
      if (typeof size === 'number' && (size < 1 || size > max)) {
        throw new BadUserInputError([{ path: this.pathOf(argument), message: `must be from 1 to ${max}` }]);
      }
    }
    for (const argument of ['after', 'before'] as const) {
      if (typeof args[argument] === 'string') this.readCursor(bindings, argument);
    }
  }

  private pathOf(argument: string): string {
    return [...this.scope.path, argument].join('.');
  }
}

interface ConnectionArguments {
  first?: number | null;
  last?: number | null;
  after?: string | null;
  before?: string | null;
  orderBy?: unknown;
  filter?: unknown;
}
