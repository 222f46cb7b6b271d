import { type FieldNode, getNamedType, type GraphQLObjectType } from 'graphql';
import { sql } from 'kysely';
import { BadUserInputError } from '../errors.js';
import type { FieldScope } from './compiler.js';
import { and, asJson, constant, or, type Sql } from './dialect.js';
import { connectionArguments, ListCursors } from './list-cursor.js';
import { ListOrder } from './list-order.js';
import { ListRows } from './list-rows.js';
import type { Bindings } from './param.js';
import type { ListBase, NounReads, Row } from './reads.js';
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

class ConnectionCompiler {
  private readonly noun: NounReads;
  private readonly order: ListOrder;
  private readonly cursors: ListCursors;
  private readonly rows: ListRows;
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
    this.order = new ListOrder(scope, this.noun);
    this.cursors = new ListCursors(scope, this.noun, this.order);
    this.rows = new ListRows(scope, this.noun, base, this.order, this.cursors);
    this.isBackward = args.at('last').isGiven;
    this.page = scope.newRow();
    this.needsEnd = this.selects('pageInfo');
    scope.check((bindings) => this.checkArguments(bindings));
  }

  compile(): Sql {
    const { dialect, compilation } = this.scope;
    const answer = dialect.jsonObject(
      Array.from(this.selection(), ([key, nodes]) => {
        return [key, this.part(nodes[0]?.name.value ?? '', nodes, [...this.scope.path, key])];
      }),
    );
    const readsPage = ['edges', 'nodes', 'pageInfo'].some((name) => this.selects(name));
    const connection = asJson(readsPage ? this.answerOfPage(answer) : sql`(select ${answer})`);
    compilation.isOfFew = true;
    compilation.mayTakeLong ||= this.base !== undefined || !this.isFoundSoon();
    return connection;
  }

  /** Whether an effort bounds what is looked at: an index of words is read to its end before its first row is there. */
  private isFoundSoon(): boolean {
    const filters = this.scope.args.at('filter').givenKeys;
    return filters.length === 0 || (this.certainties.length > 0 && !filters.includes('search'));
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
    compilation.mayTakeLong = true;
    const type = getNamedType(compilation.objectType(this.scope.type).getFields()[name]?.type) as GraphQLObjectType;
    const list = new SharedRows(this.scope, this.noun, this.base, this.rows);
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
        if (name === 'cursor') return [key, this.cursors.of(this.page)];
        const nodeSets = nodes.map((node) => node.selectionSet);
        return [key, this.scope.object(this.page, this.noun.type, nodeSets, [...path, key])];
      }),
    );
  }

  private pageInfo(sets: FieldScope['selectionSets']): Sql {
    const { compilation, dialect } = this.scope;
    const { isBackward } = this;
    const first = sql`max(${this.cursors.of(this.page)}) filter (where ${this.page.column('position')} = 1)`;
    const lastPosition = dialect.least(this.pageSize(), this.page.column('found'));
    const last = sql`max(${this.cursors.of(this.page)}) filter (where ${this.page.column('position')} = ${lastPosition})`;
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
    this.scope.compilation.mayTakeLong = true;
    return sql`(select count(*) from ${this.scope.from(this.noun, row)} where ${this.rows.matching(row, [])})`;
  }

  private baseTotal({ count }: ListBase): Sql | undefined {
    const isFiltered = this.scope.args.at('filter').givenKeys.some((key) => key !== 'includeDescendants');
    return isFiltered ? undefined : count;
  }

  /** An array of the page's elements: without the row that only tells that there is more, and in the list's order. */
  private arrayOf(element: Sql): Sql {
    const where = this.needsEnd ? sql`${this.page.column('position')} <= ${this.pageSize()}` : undefined;
    // Forwards, the rows come in the order of the subselect that limits them, on both databases.
    const orderBy = this.isBackward ? this.order.orderBy(this.page, false) : undefined;
    return this.scope.dialect.jsonArrayOf(element, { where, orderBy });
  }

  /** The subselect of the page's rows, with the columns that the answer turned out to use. */
  private pageRows(): Sql {
    const size = this.needsEnd ? sql`${this.pageSize()} + 1` : this.pageSize();
    const ends = (['after', 'before'] as const).filter((argument) => this.scope.args.at(argument).isGiven);
    const isGreater = (argument: 'after' | 'before') => (argument === 'after') !== this.order.isDescending;
    const { rows, areAll } = this.rows.find({
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

  /** Whether the list goes on at the other side of a cursor, the cursor's own row included. */
  private isBeyond(argument: 'after' | 'before'): Sql {
    if (!this.scope.args.at(argument).isGiven) return sql`1 = 0`;
    const isGreater = (argument === 'after') !== this.order.isDescending;
    const { rows, areAll } = this.rows.find({
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

  // ---- arguments

  private pageSize(): Sql {
    this.size ??= this.scope.compilation.sizeInText((bindings) => {
      const { first, last } = connectionArguments(this.scope, bindings);
      return first ?? last ?? this.scope.compilation.limits.page.default;
    });
    return this.size;
  }

  private checkArguments(bindings: Bindings): void {
    const args = connectionArguments(this.scope, bindings);
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
      if (typeof args[argument] === 'string') this.cursors.read(bindings, argument);
    }
  }

  private pathOf(argument: string): string {
    return [...this.scope.path, argument].join('.');
  }
}
