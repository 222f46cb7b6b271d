import { Migration } from '@mikro-orm/migrations';

export class Migration20261125150000_find_products extends Migration {
  override name = 'Migration20261125150000_find_products';
  readonly loses = { down: ['categories.product_count', 'categories.active_product_count', 'products.search_words', 'tags.product_count', 'tags.active_product_count', 'tag_count_changes', 'category_count_changes'] };

  override up(): void {
    this.addSql(`alter table "categories" add "product_count" int not null default 0, add "active_product_count" int not null default 0;`);
    this.addSql(`alter table "products" add "search_words" text collate "C" null;`);
    this.addSql(`create index "products_category_price_index" on "products" ("category_id", "price_shmeckles", "id");`);
    this.addSql(`alter table "tags" add "product_count" int not null default 0, add "active_product_count" int not null default 0;`);
    this.addSql(`create index "users_age_index" on "users" ("age", "id");`);
    this.addSql(`create index "users_role_index" on "users" ("role", "id");`);
    this.addSql(`create or replace function text_grams(entry text) returns tsvector language plpgsql immutable strict parallel safe cost 10000 as \$\$ declare grams text[]; begin for position in 1..length(entry) + 1 loop grams[position] := substr(entry || '␃', position, 3); end loop; return array_to_tsvector(grams); end \$\$;`);
    this.addSql(`create or replace function text_words(entry text) returns tsvector language plpgsql immutable strict parallel safe cost 10000 as \$\$ begin return array_to_tsvector(string_to_array(btrim(entry), ' ')); end \$\$;`);
    this.addSql(`create index products_search_words_missing on products (id) where search_words is null;`);
    this.addSql(`create index products_inactive_index on products (id) where not is_active;`);
    this.addSql(`create index users_inactive_index on users (id) where not is_active;`);
    this.addSql(`create index products_name_key_fts on products using gin (text_grams(name_key));`);
    this.addSql(`create index products_search_words_fts on products using gin (text_words(search_words));`);
    this.addSql(`create index categories_name_key_fts on categories using gin (text_grams(name_key));`);
    this.addSql(`create index tags_name_key_fts on tags using gin (text_grams(name_key));`);
    this.addSql(`create index users_search_key_fts on users using gin (text_grams(search_key));`);
    this.addSql(`create table category_count_changes (category_id int not null, product_count int not null, active_product_count int not null);`);
    this.addSql(`create index category_count_changes_index on category_count_changes (category_id);`);
    this.addSql(`create table tag_count_changes (tag_id int not null, product_count int not null, active_product_count int not null);`);
    this.addSql(`create index tag_count_changes_index on tag_count_changes (tag_id);`);
    this.addSql(`create or replace function add_category_counts(given_ids int[], given_counts int[], given_actives int[]) returns void language plpgsql as \$\$
declare
  free int[] := '{}';
begin
  -- Within a cascade, which runs once for each row, changes are only left: the statement that set it off adds them up.
  if pg_trigger_depth() < 2 then
    free := array(select id from categories where id = any(given_ids) order by id for no key update skip locked);
    with folded as (
      delete from category_count_changes where category_id = any(free) returning *
    ), total as (
      select id, sum(products) as products, sum(actives) as actives from (
        select * from unnest(given_ids, given_counts, given_actives) as given(id, products, actives)
        union all select * from folded
      ) as change(id, products, actives) group by id
    )
    update categories set product_count = product_count + total.products, active_product_count = active_product_count + total.actives
    from total where categories.id = total.id and categories.id = any(free);
    if cardinality(free) = cardinality(given_ids) then
      return;
    end if;
  end if;
  insert into category_count_changes
  select given.* from unnest(given_ids, given_counts, given_actives) as given(id, products, actives)
  where id <> all(free) and (products <> 0 or actives <> 0) and exists (select 1 from categories where categories.id = given.id);
end
\$\$;`);
    this.addSql(`create or replace function add_tag_counts(given_ids int[], given_counts int[], given_actives int[]) returns void language plpgsql as \$\$
declare
  free int[] := '{}';
begin
  -- Within a cascade, which runs once for each row, changes are only left: the statement that set it off adds them up.
  if pg_trigger_depth() < 2 then
    free := array(select id from tags where id = any(given_ids) order by id for no key update skip locked);
    with folded as (
      delete from tag_count_changes where tag_id = any(free) returning *
    ), total as (
      select id, sum(products) as products, sum(actives) as actives from (
        select * from unnest(given_ids, given_counts, given_actives) as given(id, products, actives)
        union all select * from folded
      ) as change(id, products, actives) group by id
    )
    update tags set product_count = product_count + total.products, active_product_count = active_product_count + total.actives
    from total where tags.id = total.id and tags.id = any(free);
    if cardinality(free) = cardinality(given_ids) then
      return;
    end if;
  end if;
  insert into tag_count_changes
  select given.* from unnest(given_ids, given_counts, given_actives) as given(id, products, actives)
  where id <> all(free) and (products <> 0 or actives <> 0) and exists (select 1 from tags where tags.id = given.id);
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
    this.addSql(`create or replace function count_product_delete() returns trigger language plpgsql as \$\$
begin
  if old.is_active then
    insert into tag_count_changes select tag_id, 0, -1 from product_tags where product_id = old.id;
  end if;
  return old;
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
    this.addSql(`create or replace function count_links() returns trigger language plpgsql as \$\$
declare
  ids int[];
  counts int[];
  actives_ int[];
begin
  if tg_op = 'INSERT' then
    perform 1 from (select distinct product_id from added order by product_id) as link cross join lateral (select id from products where id = product_id for share) as held;
  select array_agg(id order by id), array_agg(products order by id), array_agg(actives order by id) into ids, counts, actives_ from (
    select id, sum(products)::int as products, sum(actives)::int as actives from (select tag_id, 1, coalesce(looked_up.is_active, false)::int from added left join lateral (select is_active from products where id = product_id offset 0) as looked_up on true) as change(id, products, actives)
    where id is not null group by id having sum(products) <> 0 or sum(actives) <> 0
  ) as total;
  if ids is not null then
    perform add_tag_counts(ids, counts, actives_);
  end if;
  elsif tg_op = 'DELETE' then
    perform 1 from (select distinct product_id from removed order by product_id) as link cross join lateral (select id from products where id = product_id for share) as held;
  select array_agg(id order by id), array_agg(products order by id), array_agg(actives order by id) into ids, counts, actives_ from (
    select id, sum(products)::int as products, sum(actives)::int as actives from (select tag_id, -1, -coalesce(looked_up.is_active, false)::int from removed left join lateral (select is_active from products where id = product_id offset 0) as looked_up on true) as change(id, products, actives)
    where id is not null group by id having sum(products) <> 0 or sum(actives) <> 0
  ) as total;
  if ids is not null then
    perform add_tag_counts(ids, counts, actives_);
  end if;
  else
    perform 1 from (select distinct product_id from (select product_id from added union all select product_id from removed) as changed order by product_id) as link cross join lateral (select id from products where id = product_id for share) as held;
  select array_agg(id order by id), array_agg(products order by id), array_agg(actives order by id) into ids, counts, actives_ from (
    select id, sum(products)::int as products, sum(actives)::int as actives from (select tag_id, -1, -coalesce(looked_up.is_active, false)::int from removed left join lateral (select is_active from products where id = product_id offset 0) as looked_up on true union all select tag_id, 1, coalesce(looked_up.is_active, false)::int from added left join lateral (select is_active from products where id = product_id offset 0) as looked_up on true) as change(id, products, actives)
    where id is not null group by id having sum(products) <> 0 or sum(actives) <> 0
  ) as total;
  if ids is not null then
    perform add_tag_counts(ids, counts, actives_);
  end if;
  end if;
  return null;
end
\$\$;`);
    this.addSql(`create trigger products_count_insert after insert on products referencing new table as added for each statement execute function count_products_insert();`);
    this.addSql(`create trigger products_count_update after update on products referencing old table as removed new table as added for each statement execute function count_products_update();`);
    this.addSql(`create trigger products_count_delete after delete on products referencing old table as removed for each statement execute function count_products_delete();`);
    this.addSql(`create trigger products_count_going before delete on products for each row execute function count_product_delete();`);
    this.addSql(`create trigger product_tags_count_insert after insert on product_tags referencing new table as added for each statement execute function count_links();`);
    this.addSql(`create trigger product_tags_count_update after update on product_tags referencing old table as removed new table as added for each statement execute function count_links();`);
    this.addSql(`create trigger product_tags_count_delete after delete on product_tags referencing old table as removed for each statement execute function count_links();`);
    this.addSql(`update categories set product_count = (select count(*) from products where category_id = categories.id), active_product_count = (select count(*) from products where category_id = categories.id and is_active);`);
    this.addSql(`update tags set product_count = (select count(*) from product_tags where tag_id = tags.id), active_product_count = (select count(*) from product_tags join products on products.id = product_id where tag_id = tags.id and is_active);`);
  }

  override down(): void {
    this.addSql(`drop trigger product_tags_count_delete on product_tags;`);
    this.addSql(`drop trigger product_tags_count_update on product_tags;`);
    this.addSql(`drop trigger product_tags_count_insert on product_tags;`);
    this.addSql(`drop trigger products_count_going on products;`);
    this.addSql(`drop trigger products_count_delete on products;`);
    this.addSql(`drop trigger products_count_update on products;`);
    this.addSql(`drop trigger products_count_insert on products;`);
    this.addSql(`drop function count_links();`);
    this.addSql(`drop function count_products_delete();`);
    this.addSql(`drop function count_product_delete();`);
    this.addSql(`drop function count_products_update();`);
    this.addSql(`drop function count_products_insert();`);
    this.addSql(`drop function add_tag_counts(int[], int[], int[]);`);
    this.addSql(`drop function add_category_counts(int[], int[], int[]);`);
    this.addSql(`drop index tag_count_changes_index;`);
    this.addSql(`drop table tag_count_changes;`);
    this.addSql(`drop index category_count_changes_index;`);
    this.addSql(`drop table category_count_changes;`);
    this.addSql(`drop index users_search_key_fts;`);
    this.addSql(`drop index tags_name_key_fts;`);
    this.addSql(`drop index categories_name_key_fts;`);
    this.addSql(`drop index products_search_words_fts;`);
    this.addSql(`drop index products_name_key_fts;`);
    this.addSql(`drop index users_inactive_index;`);
    this.addSql(`drop index products_inactive_index;`);
    this.addSql(`drop index products_search_words_missing;`);
    this.addSql(`drop function text_words(text);`);
    this.addSql(`drop function text_grams(text);`);
    this.addSql(`alter table "categories" drop column "product_count", drop column "active_product_count";`);
    this.addSql(`drop index "products_category_price_index";`);
    this.addSql(`alter table "products" drop column "search_words";`);
    this.addSql(`alter table "tags" drop column "product_count", drop column "active_product_count";`);
    this.addSql(`drop index "users_age_index";`);
    this.addSql(`drop index "users_role_index";`);
  }
}
