import { sql } from 'kysely';
import { BadUserInputError } from '../errors.js';
import type { FieldScope } from './compiler.js';
import { join, type Sql } from './dialect.js';
import type { ColumnKey, NounReads, OrderKey, Ranking, Row } from './reads.js';

/** The column of a row's rank, which stands in no table. */
export const RANK = 'rank';

/** What a list is sorted by: a key and the id, both in the same direction; or a rank and the id; or the id alone. */
export class ListOrder {
  readonly key: ColumnKey | undefined;
  readonly ranking: Ranking | undefined;
  readonly isDescending: boolean;

  constructor(scope: FieldScope, noun: NounReads) {
    const order = orderKeyOf(scope, noun);
    this.key = order && 'column' in order ? order : undefined;
    this.ranking = order && 'ranks' in order ? order : undefined;
    const orderBy = scope.args.at('orderBy');
    this.isDescending = orderBy.isGiven ? orderBy.at('direction').enumValue === 'DESC' : noun.isNewestFirst === true;
  }

  /** The key in a table's row, by which there is an index; of a list by rank, that of the rows of one rank. */
  keyOf(row: Row): Sql[] {
    return this.key ? [row.column(this.key.column), row.column('id')] : [row.column('id')];
  }

  /** The order of rows that have been found. */
  orderBy(row: Row, isTurned: boolean): Sql {
    const key = this.ranking ? [row.column(RANK), row.column('id')] : this.keyOf(row);
    return this.along(key, isTurned);
  }

  along(key: readonly Sql[], isTurned: boolean): Sql {
    const direction = this.isDescending === isTurned ? sql`asc` : sql`desc`;
    return join(
      key.map((part) => sql`${part} ${direction}`),
      sql`, `,
    );
  }
}

function orderKeyOf({ args, path }: FieldScope, noun: NounReads): OrderKey {
  const orderBy = args.at('orderBy');
  const filter = args.at('filter');
  const field = orderBy.isGiven ? orderBy.at('field').enumValue : noun.defaultOrder?.(filter);
  const order = field === undefined ? undefined : noun.orders[field];
  if (order && 'ranks' in order && !filter.at(order.filter).isGiven)
    throw new BadUserInputError([
      { path: [...path, 'orderBy.field'].join('.'), message: `may be ${field} only with filter.${order.filter}` },
    ]);
  return order;
}
