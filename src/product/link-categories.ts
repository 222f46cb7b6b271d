import type { SchemaObject, SchemaObjects } from '../database/schema-objects.js';

/**
 * A link of a product to a tag has the product's category, too, so that one index finds the products of a category that
 * bear a tag, and tells how many there are. Triggers keep it, whoever writes; who makes a product with its links may say it
 * himself, which saves a look.
 */
const CATEGORY = '(select category_id from products where id = new.product_id)';

const fill = [`update product_tags set category_id = (select category_id from products where id = product_id)`];

const sqliteTrigger = (table: string, name: string, when: string, statement: string): SchemaObject => ({
  name,
  on: table,
  create: `create trigger ${name} ${when} begin ${statement}; end`,
  drop: `drop trigger ${name}`,
});

const isElsewhere = `new.category_id is not ${CATEGORY}`;
const takeCategory = `update product_tags set category_id = ${CATEGORY} where product_id = new.product_id and tag_id = new.tag_id`;
const moveLinks = 'update product_tags set category_id = new.category_id where product_id = new.id';

/** The triggers of new links, which a batch of products with what it is linked to does without. */
export const LINK_CATEGORY_INSERT = 'product_tags_category_insert';

const sqlite: readonly SchemaObject[] = [
  sqliteTrigger('product_tags', LINK_CATEGORY_INSERT, `after insert on product_tags when ${isElsewhere}`, takeCategory),
  sqliteTrigger(
    'product_tags',
    'product_tags_category_update',
    `after update of product_id, category_id on product_tags when ${isElsewhere}`,
    takeCategory,
  ),
  {
    ...sqliteTrigger(
      'products',
      'products_category_links',
      'after update of category_id on products when new.category_id is not old.category_id',
      moveLinks,
    ),
    fill,
  },
];

const triggerFunction = (name: string, body: string): SchemaObject => ({
  name,
  create: `create or replace function ${name}() returns trigger language plpgsql as $$\n${body}\n$$`,
  drop: `drop function ${name}()`,
});

const postgresql: readonly SchemaObject[] = [
  // Locked: who changes the product's category meanwhile would not see the link.
  triggerFunction(
    'take_category',
    'begin\n  select category_id into new.category_id from products where id = new.product_id for share;\n  return new;\nend',
  ),
  triggerFunction('move_links', `begin\n  ${moveLinks};\n  return null;\nend`),
  {
    name: LINK_CATEGORY_INSERT,
    on: 'product_tags',
    create: `create trigger ${LINK_CATEGORY_INSERT} before insert on product_tags for each row when (new.category_id is null) execute function take_category()`,
    drop: `drop trigger ${LINK_CATEGORY_INSERT} on product_tags`,
  },
  {
    name: 'product_tags_category_update',
    on: 'product_tags',
    create:
      'create trigger product_tags_category_update before update of product_id on product_tags for each row execute function take_category()',
    drop: 'drop trigger product_tags_category_update on product_tags',
  },
  {
    name: 'products_category_links',
    on: 'products',
    create:
      'create trigger products_category_links after update of category_id on products for each row when (old.category_id is distinct from new.category_id) execute function move_links()',
    drop: 'drop trigger products_category_links on products',
    fill,
  },
];

/** What keeps the categories of links; the last object writes those that are there already. */
export const linkCategories: SchemaObjects = { sqlite, postgresql };
