import { sql } from 'kysely';
import {
  all,
  byId,
  bySlug,
  column,
  connection,
  contains,
  entryFields,
  idIn,
  type NounReads,
  oneBy,
  type Row,
  textIn,
} from '../database/reads.js';

/** Whether a product bears a tag. */
const bears = (product: Row, tag: Row) =>
  sql`${product.column('id')} in (select product_id from product_tags where tag_id = ${tag.column('id')})`;

export const tagReads: NounReads = {
  type: 'Tag',
  table: 'tags',
  fields: {
    ...entryFields,
    name: column('name'),
    slug: column('slug'),
    productCount: (tag, scope) => scope.count('Product', (product) => bears(product, tag)),
    products: connection((tag, product) => bears(product, tag)),
  },
  filters: {
    ids: idIn('id'),
    slugs: textIn('slug'),
    nameContains: contains('name_key'),
  },
  orders: {
    ID: undefined,
    NAME: { column: 'name_key', type: 'text' },
    CREATED_AT: { column: 'created_at', type: 'instant' },
  },
  roots: {
    tag: oneBy({ id: byId, slug: bySlug }),
    tags: all,
  },
};
