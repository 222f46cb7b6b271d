import { sql } from 'kysely';
import { BadCursorError, BadUserInputError } from '../errors.js';
import { type Cursor, fingerprintOf, parseCursor } from '../shared/cursor.js';
import type { FieldScope } from './compiler.js';
import { and, asJson, join, type Sql } from './dialect.js';
import type { Bindings } from './param.js';
import type { NounReads, OrderKey, Row } from './reads.js';
import { collectFields } from './selection.js';

/**
 * The SQL of a Relay connection: one scan of the page's rows, with one row more where the page's end is asked for.
 *
 * Rows are found by keyset: the sort key and the id, both in the same direction, so that a page costs the same
 * anywhere in the list. A page is read in the direction it is counted in; `last` reads backwards and is turned round
 * when the rows are put together.
 * @see https://relay.dev/graphql/connections.htm
 */
export function compileConnection(scope: FieldScope, where: ((target: Row) => Sql) | undefined): Sql {
  return new ConnectionCompiler(scope, where).compile();
}

class ConnectionCompiler {
  private readonly noun: NounReads;
  private readonly order: OrderKey;
  private readonly isDescending: boolean;
  private readonly isBackward: boolean;
  /** The page's rows, as the parts of the answer see them. */
  private readonly page: Row;
  /** Whether one row more than the page is read, to know whether there is one. */
  private readonly needsEnd: boolean;
  private size: Sql | undefined;

  constructor(
    private readonly scope: FieldScope,
    private readonly where: ((target: Row) => Sql) | undefined,
  ) {
    const { args, compilation } = scope;
    this.noun = compilation.noun(scope.type.replace(/Connection$/, ''));
    const orderBy = args.at('orderBy');
    this.order = orderBy.isGiven ? this.noun.orders[orderBy.at('field').enumValue] : undefined;
    this.isDescending = orderBy.isGiven && orderBy.at('direction').enumValue === 'DESC';
    this.isBackward = args.at('last').isGiven;
    this.page = scope.newRow();
    this.needsEnd = this.selects('pageInfo');
    scope.check((bindings) => this.checkArguments(bindings));
  }

  compile(): Sql {
    const { dialect } = this.scope;
    const answer = dialect.jsonObject(
      Array.from(this.selection(), ([key, nodes]) => {
        const sets = nodes.map((node) => node.selectionSet);
        return [key, this.part(nodes[0]?.name.value ?? '', sets, [...this.scope.path, key])];
      }),
    );
    const readsPage = ['edges', 'nodes', 'pageInfo'].some((name) => this.selects(name));
    return asJson(readsPage ? sql`(select ${answer} from ${this.pageRows()})` : sql`(select ${answer})`);
  }

  private selection() {
    return collectFields(this.scope.compilation.operation, this.scope.type, this.scope.selectionSets);
  }

  private selects(name: string): boolean {
    return [...this.selection().values()].some(([node]) => node?.name.value === name);
  }

  private part(name: string, sets: FieldScope['selectionSets'], path: readonly string[]): Sql {
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
        throw new Error(`The field ${this.scope.type}.${name} has no reads declared.`);
    }
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
    const row = this.scope.newRow();
    return sql`(select count(*) from ${this.scope.from(this.noun, row)} where ${and(this.conditions(row))})`;
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
    const row = this.scope.newRow();
    const conditions = [...this.conditions(row), this.beyond(row, 'after'), this.beyond(row, 'before')];
    // Asked for after the answer was compiled, so that the page knows its columns.
    const columns = this.page.columns.filter((name) => name !== 'position' && name !== 'found');
    const selected =
      columns.length > 0
        ? join(
            columns.map((name) => row.column(name)),
            sql`, `,
          )
        : row.column('id');
    const limit = this.needsEnd ? sql`${this.pageSize()} + 1` : this.pageSize();
    const rows = sql`select ${selected} from ${this.scope.from(this.noun, row)} where ${and(conditions)} order by ${this.orderBy(row, this.isBackward)} limit ${limit}`;
    const name = sql.ref(this.page.alias);
    if (!this.needsEnd) return sql`(${rows}) as ${name}`;
    return sql`(select *, row_number() over () as position, count(*) over () as found from (${rows}) as counted) as ${name}`;
  }

  /** What every row of the list fulfils, wherever the page begins. */
  private conditions(row: Row): (Sql | undefined)[] {
    const { args, compilation } = this.scope;
    const filter = args.at('filter');
    const filters = filter.givenKeys.map((key) => this.noun.filters[key]?.(row, filter.at(key), this.scope, filter));
    return [this.where?.(row), compilation.visible(this.noun, row), ...filters];
  }

  private keyOf(row: Row): Sql[] {
    return this.order ? [row.column(this.order.column), row.column('id')] : [row.column('id')];
  }

  private orderBy(row: Row, isTurned: boolean): Sql {
    const direction = this.isDescending === isTurned ? sql`asc` : sql`desc`;
    return join(
      this.keyOf(row).map((key) => sql`${key} ${direction}`),
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
    const id = dialect.cursorText(this.page.column('id'), 'integer');
    if (!this.order) return sql`${print} || '.' || ${id}`;
    return sql`${print} || '.' || ${id} || '.' || ${dialect.cursorText(this.page.column(this.order.column), this.order.type)}`;
  }

  private fingerprint(bindings: Bindings): string {
    const { orderBy, filter } = this.argumentsOf(bindings);
    return fingerprintOf([this.noun.type, orderBy ?? null, filter ?? null]);
  }

  /** The condition that keeps to the rows behind `after` or in front of `before`. */
  private beyond(row: Row, argument: 'after' | 'before'): Sql | undefined {
    if (!this.scope.args.at(argument).isGiven) return undefined;
    const isGreater = (argument === 'after') !== this.isDescending;
    return this.compareToCursor(row, argument, isGreater ? sql`>` : sql`<`);
  }

  /** Whether the list goes on at the other side of a cursor, the cursor's own row included. */
  private isBeyond(argument: 'after' | 'before'): Sql {
    if (!this.scope.args.at(argument).isGiven) return sql`1 = 0`;
    const row = this.scope.newRow();
    const isGreater = (argument === 'after') !== this.isDescending;
    const otherSide = this.compareToCursor(row, argument, isGreater ? sql`<=` : sql`>=`);
    return sql`exists (select 1 from ${this.scope.from(this.noun, row)} where ${and([...this.conditions(row), otherSide])})`;
  }

  private compareToCursor(row: Row, argument: 'after' | 'before', operator: Sql): Sql {
    const { args, dialect } = this.scope;
    const cursor = (bindings: Bindings) => this.readCursor(bindings, argument);
    const id = dialect.bind(
      this.scope.slot((bindings) => cursor(bindings).id),
      'integer',
    );
    if (!args.at(argument).isGiven || !this.order) return sql`${row.column('id')} ${operator} ${id}`;
    // A whole number is bound as the larger type: a forged cursor may hold one that the column can't.
    const type = this.order.type === 'integer' ? 'bigint' : this.order.type;
    const key = dialect.bind(
      this.scope.slot((bindings) => dialect.toDriver(cursor(bindings).key, type)),
      type,
    );
    return sql`(${join(this.keyOf(row), sql`, `)}) ${operator} (${key}, ${id})`;
  }

  private readCursor(bindings: Bindings, argument: 'after' | 'before'): Cursor {
    const text = this.argumentsOf(bindings)[argument] ?? '';
    const cursor = parseCursor(text, this.fingerprint(bindings), this.order?.type);
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
      return first ?? last ?? this.scope.compilation.pageSizes.default;
    });
    return this.size;
  }

  private checkArguments(bindings: Bindings): void {
    const args = this.argumentsOf(bindings);
    const { max } = this.scope.compilation.pageSizes;
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
