import { Migration } from '@mikro-orm/migrations';

export class Migration20261125195953_uncategorized_count extends Migration {
  override name = 'Migration20261125195953_uncategorized_count';
  readonly loses = { down: ['uncategorized_count_changes', 'uncategorized_products'] };

  override up(): void {
    this.addSql(`create table uncategorized_products (id integer primary key check (id = 1), product_count integer not null default 0, active_product_count integer not null default 0);`);
    this.addSql(`lock table products in share row exclusive mode;`);
    this.addSql(`insert into uncategorized_products (id) values (1);`);
    this.addSql(`update uncategorized_products set product_count = (select count(*) from products where category_id is null), active_product_count = (select count(*) from products where category_id is null and is_active);`);
    this.addSql(`create table uncategorized_count_changes (uncategorized_id int not null, product_count int not null, active_product_count int not null);`);
    this.addSql(`create index uncategorized_count_changes_index on uncategorized_count_changes (uncategorized_id);`);
    this.addSql(`create or replace function add_uncategorized_counts(given_ids int[], given_counts int[], given_actives int[]) returns void language plpgsql as \$\$
declare
  free int[] := '{}';
begin
  -- Within a cascade, which runs once for each row, changes are only left: the statement that set it off adds them up.
  if pg_trigger_depth() < 2 then
    if cardinality(given_ids) <= 8 then
      for place in 1..cardinality(given_ids) loop
        perform 1 from uncategorized_products where id = given_ids[place] for no key update skip locked;
        continue when not found;
        free := free || given_ids[place];
        continue when given_counts[place] = 0 and given_actives[place] = 0;
        update uncategorized_products set product_count = product_count + given_counts[place], active_product_count = active_product_count + given_actives[place]
        where id = given_ids[place];
      end loop;
    else
      free := array(select id from uncategorized_products where id = any(given_ids) order by id for no key update skip locked);
      update uncategorized_products set product_count = product_count + given.products, active_product_count = active_product_count + given.actives
      from unnest(given_ids, given_counts, given_actives) as given(id, products, actives)
      where uncategorized_products.id = given.id and uncategorized_products.id = any(free) and (given.products <> 0 or given.actives <> 0);
    end if;
    -- What others have left.
    if exists (select 1 from uncategorized_count_changes where uncategorized_id = any(free)) then
      with folded as (
        delete from uncategorized_count_changes where uncategorized_id = any(free) returning *
      ), total as (
        select uncategorized_id as id, sum(product_count) as products, sum(active_product_count) as actives from folded group by 1
      )
      update uncategorized_products set product_count = product_count + total.products, active_product_count = active_product_count + total.actives
      from total where uncategorized_products.id = total.id;
    end if;
    if cardinality(free) = cardinality(given_ids) then
      return;
    end if;
  end if;
  insert into uncategorized_count_changes
  select given.* from unnest(given_ids, given_counts, given_actives) as given(id, products, actives)
  where id <> all(free) and (products <> 0 or actives <> 0) and exists (select 1 from uncategorized_products where uncategorized_products.id = given.id);
end
\$\$;`);
    this.addSql(`create or replace function count_products_insert() returns trigger language plpgsql as \$\$
declare
  ids int[];
  counts int[];
  actives_ int[];
begin
  select array_agg(id order by id), array_agg(products order by id), array_agg(actives order by id) into ids, counts, actives_ from (
    select id, sum(products)::int as products, sum(actives)::int as actives from (select category_id, 1, is_active::int from added where category_id is not null) as change(id, products, actives)
    where id is not null group by id having sum(products) <> 0 or sum(actives) <> 0
  ) as total;
  if ids is not null then
    perform add_category_counts(ids, counts, actives_);
  end if;
  if exists (select 1 from added where category_id is null) then
  select array_agg(id order by id), array_agg(products order by id), array_agg(actives order by id) into ids, counts, actives_ from (
    select id, sum(products)::int as products, sum(actives)::int as actives from (select 1, 1, is_active::int from added where category_id is null) as change(id, products, actives)
    where id is not null group by id having sum(products) <> 0 or sum(actives) <> 0
  ) as total;
  if ids is not null then
    perform add_uncategorized_counts(ids, counts, actives_);
  end if;
  end if;
  return null;
end
\$\$;`);
    this.addSql(`create or replace function count_products_update() returns trigger language plpgsql as \$\$
declare
  ids int[];
  counts int[];
  actives_ int[];
begin
  if not exists (select 1 from added join removed using (id) where added.category_id is distinct from removed.category_id or added.is_active <> removed.is_active) then
    return null;
  end if;
  select array_agg(id order by id), array_agg(products order by id), array_agg(actives order by id) into ids, counts, actives_ from (
    select id, sum(products)::int as products, sum(actives)::int as actives from (select category_id, -1, -is_active::int from removed where category_id is not null union all select category_id, 1, is_active::int from added where category_id is not null) as change(id, products, actives)
    where id is not null group by id having sum(products) <> 0 or sum(actives) <> 0
  ) as total;
  if ids is not null then
    perform add_category_counts(ids, counts, actives_);
  end if;
  select array_agg(id order by id), array_agg(products order by id), array_agg(actives order by id) into ids, counts, actives_ from (
    select id, sum(products)::int as products, sum(actives)::int as actives from (select 1, -1, -is_active::int from removed where category_id is null union all select 1, 1, is_active::int from added where category_id is null) as change(id, products, actives)
    where id is not null group by id having sum(products) <> 0 or sum(actives) <> 0
  ) as total;
  if ids is not null then
    perform add_uncategorized_counts(ids, counts, actives_);
  end if;
  select array_agg(id order by id), array_agg(products order by id), array_agg(actives order by id) into ids, counts, actives_ from (
    select id, sum(products)::int as products, sum(actives)::int as actives from (select tag_id, 0, added.is_active::int - removed.is_active::int from added join removed using (id) cross join lateral (select tag_id from product_tags where product_id = added.id offset 0) as looked_up where added.is_active <> removed.is_active) as change(id, products, actives)
    where id is not null group by id having sum(products) <> 0 or sum(actives) <> 0
  ) as total;
  if ids is not null then
    perform add_tag_counts(ids, counts, actives_);
  end if;
  return null;
end
\$\$;`);
    this.addSql(`create or replace function count_products_delete() returns trigger language plpgsql as \$\$
declare
  ids int[];
  counts int[];
  actives_ int[];
begin
  select array_agg(id order by id), array_agg(products order by id), array_agg(actives order by id) into ids, counts, actives_ from (
    select id, sum(products)::int as products, sum(actives)::int as actives from (select category_id, -1, -is_active::int from removed where category_id is not null) as change(id, products, actives)
    where id is not null group by id having sum(products) <> 0 or sum(actives) <> 0
  ) as total;
  if ids is not null then
    perform add_category_counts(ids, counts, actives_);
  end if;
  if exists (select 1 from removed where category_id is null) then
  select array_agg(id order by id), array_agg(products order by id), array_agg(actives order by id) into ids, counts, actives_ from (
    select id, sum(products)::int as products, sum(actives)::int as actives from (select 1, -1, -is_active::int from removed where category_id is null) as change(id, products, actives)
    where id is not null group by id having sum(products) <> 0 or sum(actives) <> 0
  ) as total;
  if ids is not null then
    perform add_uncategorized_counts(ids, counts, actives_);
  end if;
  end if;
  ids := array(select distinct tag_id from tag_count_changes);
  perform add_tag_counts(ids, array_fill(0, array[cardinality(ids)]), array_fill(0, array[cardinality(ids)]));
  return null;
end
\$\$;`);
    this.addSql(`create or replace function refuse_truncate() returns trigger language plpgsql as \$\$
begin
  raise exception 'TRUNCATE would empty % without an event of any row, and leave the numbers of products as they were.', tg_table_name
    using errcode = 'feature_not_supported', hint = format('DELETE FROM %I does both.', tg_table_name);
end
\$\$;`);
    this.addSql(`create trigger categories_refuse_truncate before truncate on categories for each statement execute function refuse_truncate();`);
    this.addSql(`create trigger tags_refuse_truncate before truncate on tags for each statement execute function refuse_truncate();`);
    this.addSql(`create trigger products_refuse_truncate before truncate on products for each statement execute function refuse_truncate();`);
    this.addSql(`create trigger users_refuse_truncate before truncate on users for each statement execute function refuse_truncate();`);
    this.addSql(`create trigger product_tags_refuse_truncate before truncate on product_tags for each statement execute function refuse_truncate();`);
  }

  override down(): void {
    this.addSql(`drop trigger product_tags_refuse_truncate on product_tags;`);
    this.addSql(`drop trigger users_refuse_truncate on users;`);
    this.addSql(`drop trigger products_refuse_truncate on products;`);
    this.addSql(`drop trigger tags_refuse_truncate on tags;`);
    this.addSql(`drop trigger categories_refuse_truncate on categories;`);
    this.addSql(`drop function refuse_truncate();`);
    this.addSql(`drop function add_uncategorized_counts(int[], int[], int[]);`);
    this.addSql(`drop index uncategorized_count_changes_index;`);
    this.addSql(`drop table uncategorized_count_changes;`);
    this.addSql(`drop table uncategorized_products;`);
    this.addSql(`create or replace function count_products_insert() returns trigger language plpgsql as \$\$
declare
  ids int[];
  counts int[];
  actives_ int[];
begin
  select array_agg(id order by id), array_agg(products order by id), array_agg(actives order by id) into ids, counts, actives_ from (
    select id, sum(products)::int as products, sum(actives)::int as actives from (select category_id, 1, is_active::int from added where category_id is not null) as change(id, products, actives)
    where id is not null group by id having sum(products) <> 0 or sum(actives) <> 0
  ) as total;
  if ids is not null then
    perform add_category_counts(ids, counts, actives_);
  end if;
  return null;
end
\$\$;`);
    this.addSql(`create or replace function count_products_update() returns trigger language plpgsql as \$\$
declare
  ids int[];
  counts int[];
  actives_ int[];
begin
  if not exists (select 1 from added join removed using (id) where added.category_id is distinct from removed.category_id or added.is_active <> removed.is_active) then
    return null;
  end if;
  select array_agg(id order by id), array_agg(products order by id), array_agg(actives order by id) into ids, counts, actives_ from (
    select id, sum(products)::int as products, sum(actives)::int as actives from (select category_id, -1, -is_active::int from removed where category_id is not null union all select category_id, 1, is_active::int from added where category_id is not null) as change(id, products, actives)
    where id is not null group by id having sum(products) <> 0 or sum(actives) <> 0
  ) as total;
  if ids is not null then
    perform add_category_counts(ids, counts, actives_);
  end if;
  select array_agg(id order by id), array_agg(products order by id), array_agg(actives order by id) into ids, counts, actives_ from (
    select id, sum(products)::int as products, sum(actives)::int as actives from (select tag_id, 0, added.is_active::int - removed.is_active::int from added join removed using (id) cross join lateral (select tag_id from product_tags where product_id = added.id offset 0) as looked_up where added.is_active <> removed.is_active) as change(id, products, actives)
    where id is not null group by id having sum(products) <> 0 or sum(actives) <> 0
  ) as total;
  if ids is not null then
    perform add_tag_counts(ids, counts, actives_);
  end if;
  return null;
end
\$\$;`);
    this.addSql(`create or replace function count_products_delete() returns trigger language plpgsql as \$\$
declare
  ids int[];
  counts int[];
  actives_ int[];
begin
  select array_agg(id order by id), array_agg(products order by id), array_agg(actives order by id) into ids, counts, actives_ from (
    select id, sum(products)::int as products, sum(actives)::int as actives from (select category_id, -1, -is_active::int from removed where category_id is not null) as change(id, products, actives)
    where id is not null group by id having sum(products) <> 0 or sum(actives) <> 0
  ) as total;
  if ids is not null then
    perform add_category_counts(ids, counts, actives_);
  end if;
  ids := array(select distinct tag_id from tag_count_changes);
  perform add_tag_counts(ids, array_fill(0, array[cardinality(ids)]), array_fill(0, array[cardinality(ids)]));
  return null;
end
\$\$;`);
  }
}
