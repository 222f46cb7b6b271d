import { sql } from 'kysely';
import { BadCursorError } from '../errors.js';
import { type Cursor, fingerprintOf, parseCursor } from '../shared/cursor.js';
import { LARGEST_ID, NO_ID } from '../shared/id.js';
import type { FieldScope } from './compiler.js';
import { join, type Sql } from './dialect.js';
import { type ListOrder, RANK } from './list-order.js';
import type { Bindings } from './param.js';
import type { NounReads, Row } from './reads.js';

/** The arguments of every list. */
export interface ConnectionArguments {
  first?: number | null;
  last?: number | null;
  after?: string | null;
  before?: string | null;
  orderBy?: unknown;
  filter?: unknown;
}

/** The arguments of one run. */
export const connectionArguments = (scope: FieldScope, bindings: Bindings) =>
  scope.args.read(bindings) as ConnectionArguments;

/** A cursor that rows lie at one side of. */
export interface Bound {
  argument: 'after' | 'before';
  operator: '<' | '<=' | '>' | '>=';
}

/** The cursors of a list: the statement writes them, and finds rows by those that are given. */
export class ListCursors {
  constructor(
    private readonly scope: FieldScope,
    private readonly noun: NounReads,
    private readonly order: ListOrder,
  ) {}

  /** The cursor of a row that has been found. */
  of(row: Row): Sql {
    const { dialect } = this.scope;
    const print = dialect.bind(
      this.scope.slot((bindings) => this.fingerprint(bindings)),
      'text',
    );
    const id = dialect.cursorText(row.column('id'), this.idType);
    const key = this.order.key ?? (this.order.ranking && { column: RANK, type: 'integer' as const });
    if (!key) return sql`${print} || '.' || ${id}`;
    return sql`${print} || '.' || ${id} || '.' || ${dialect.cursorText(row.column(key.column), key.type)}`;
  }

  /** Whether a row lies at a side of a cursor, by its key. */
  compareKey(rowKey: readonly Sql[], { argument, operator }: Bound): Sql {
    const { dialect } = this.scope;
    const { key: orderKey } = this.order;
    const id = dialect.bind(
      this.scope.slot((bindings) => this.read(bindings, argument).id),
      this.idType,
    );
    if (!orderKey) return sql`${join(rowKey, sql`, `)} ${sql.raw(operator)} ${id}`;
    // A whole number is bound as the larger type: a forged cursor may hold one that the column can't.
    const type = orderKey.type === 'integer' ? 'bigint' : orderKey.type;
    const key = dialect.bind(
      this.scope.slot((bindings) => dialect.toDriver(this.read(bindings, argument).key, type)),
      type,
    );
    return sql`(${join(rowKey, sql`, `)}) ${sql.raw(operator)} (${key}, ${id})`;
  }

  /** The same for rows of one rank: all of them stand behind a cursor of a rank before, and none behind one of a later rank. */
  compareRank(id: Sql, rank: number, { argument, operator }: Bound): Sql {
    const { dialect } = this.scope;
    const bound = this.scope.slot((bindings) => {
      const { key = 0, id: place } = this.read(bindings, argument);
      if (rank === key) return place;
      return rank < Number(key) ? LARGEST_ID + 1 : NO_ID;
    });
    return sql`${id} ${sql.raw(operator)} ${dialect.bind(bound, 'bigint')}`;
  }

  /** A cursor that is given. @throws BadCursorError for one of another list */
  read(bindings: Bindings, argument: 'after' | 'before'): Cursor {
    const text = connectionArguments(this.scope, bindings)[argument] ?? '';
    const { key, ranking } = this.order;
    const type = ranking ? 'integer' : key?.type;
    const largestId = this.noun.hasLargeIds ? Number.MAX_SAFE_INTEGER : LARGEST_ID;
    const cursor = parseCursor(text, this.fingerprint(bindings), type, largestId);
    if (!cursor) throw new BadCursorError([...this.scope.path, argument].join('.'));
    return cursor;
  }

  private get idType(): 'integer' | 'bigint' {
    return this.noun.hasLargeIds ? 'bigint' : 'integer';
  }

  private fingerprint(bindings: Bindings): string {
    const { orderBy, filter } = connectionArguments(this.scope, bindings);
    return fingerprintOf([this.noun.type, orderBy ?? null, filter ?? null]);
  }
}
