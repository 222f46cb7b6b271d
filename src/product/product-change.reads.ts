import { sql } from 'kysely';
import { subtreeIdsWhere } from '../category/category.reads.js';
import type { FieldScope } from '../database/compiler.js';
import { and, type Sql } from '../database/dialect.js';
import { byId, column, id, instant, type NounReads, type Row, toOne } from '../database/reads.js';
import { isTold } from '../event/event.reads.js';

/** The product of an event, where a condition holds for it and the viewer sees it. */
function isOfProduct(event: Row, scope: FieldScope, condition?: (product: Row) => Sql): Sql {
  const product = scope.newRow();
  const where = and([
    sql`${product.column('id')} = ${event.column('entity_id')}`,
    scope.visible('Product', product),
    condition?.(product),
  ]);
  return sql`exists (select 1 from products as ${sql.ref(product.alias)} where ${where})`;
}

/**
 * Who is no staff hears of what they see, and of what they saw until this event. The text is how the triggers write it; in
 * a value it would have its quotation marks escaped.
 */
function isHeard(event: Row, scope: FieldScope): Sql | undefined {
  if (scope.viewer.isStaff) return undefined;
  const wasVisible = sql`${event.column('changes')} like ${sql.lit('%"field":"isActive","before":true,%')}`;
  return sql`(${isOfProduct(event, scope)} or ${wasVisible})`;
}

/** In the category or below it now, or until this event. */
function isInCategory(event: Row, scope: FieldScope): Sql | undefined {
  const given = scope.args.at('categoryId');
  if (!given.isGiven) return undefined;
  const ids = () => subtreeIdsWhere((category) => byId(category, given), scope);
  const isNow = isOfProduct(event, scope, (product) => sql`${product.column('category_id')} in (${ids()})`);
  const left = scope.newRow();
  const text = sql`'%"field":"categoryId","before":"' || ${left.column('id')} || '",%'`;
  const wasUntilNow = sql`exists (select 1 from categories as ${sql.ref(left.alias)} where ${left.column('id')} in (${ids()}) and ${event.column('changes')} like ${text})`;
  return sql`(${isNow} or ${wasUntilNow})`;
}

/** What is told of a product's events: a row is an event. */
export const productChangeReads: NounReads = {
  type: 'ProductChange',
  table: 'events',
  fields: {
    eventId: id('id'),
    type: column('type'),
    productId: id('entity_id'),
    occurredAt: instant('occurred_at'),
    product: toOne('entity_id'),
  },
  filters: {},
  orders: {},
  roots: {
    productChanged: (scope) =>
      scope.one((event) => and([isTold(event, scope), isHeard(event, scope), isInCategory(event, scope)])),
  },
};
