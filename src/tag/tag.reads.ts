import { sql } from 'kysely';
import { all, byId, bySlug, column, entryFields, idIn, type NounReads, oneBy, textIn } from '../database/reads.js';
import { partOf } from '../database/searches.js';
import { countedProducts } from '../product/product-counts.js';

const namePart = partOf('tags', 'name_key');

export const tagReads: NounReads = {
  type: 'Tag',
  table: 'tags',
  fields: {
    ...entryFields,
    name: column('name'),
    slug: column('slug'),
    productCount: (tag, scope) => countedProducts('tags', tag, scope),
    products(tag, scope) {
      const links = sql`select product_id from product_tags where tag_id = ${tag.column('id')}`;
      return scope.connection({
        where: (product) => sql`${product.column('id')} in (${links})`,
        find: (product) => scope.dialect.isAmongFew(product.column('id'), links),
        test: (product) => scope.dialect.looked(sql`exists (${links} and product_id = ${product.column('id')} + 0)`),
        count: countedProducts('tags', tag, scope),
      });
    },
  },
  filters: {
    ids: idIn('id'),
    slugs: textIn('slug'),
    nameContains: namePart.filter,
  },
  sources: { nameContains: namePart.source },
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
