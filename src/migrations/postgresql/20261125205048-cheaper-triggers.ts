import { Migration } from '@mikro-orm/migrations';

export class Migration20261125205048_cheaper_triggers extends Migration {
  override name = 'Migration20261125205048_cheaper_triggers';

  override up(): void {
    this.addSql(`drop trigger product_tags_event_insert on product_tags;`);
    this.addSql(`create or replace function add_category_counts(given_ids int[], given_counts int[], given_actives int[]) returns void language plpgsql as \$\$
declare
  free int[] := '{}';
begin
  -- Within a cascade, which runs once for each row, changes are only left: the statement that set it off adds them up.
  if pg_trigger_depth() < 2 then
    if cardinality(given_ids) <= 8 then
      for place in 1..cardinality(given_ids) loop
        if given_counts[place] = 0 and given_actives[place] = 0 then
          perform 1 from categories where id = given_ids[place] for no key update skip locked;
        else
          update categories set product_count = product_count + given_counts[place], active_product_count = active_product_count + given_actives[place]
          where id = (select id from categories where id = given_ids[place] for no key update skip locked);
        end if;
        continue when not found;
        free := free || given_ids[place];
      end loop;
    else
      free := array(select id from categories where id = any(given_ids) order by id for no key update skip locked);
      update categories set product_count = product_count + given.products, active_product_count = active_product_count + given.actives
      from unnest(given_ids, given_counts, given_actives) as given(id, products, actives)
      where categories.id = given.id and categories.id = any(free) and (given.products <> 0 or given.actives <> 0);
    end if;
    -- What others have left.
    if exists (select 1 from category_count_changes where category_id = any(free)) then
      with folded as (
        delete from category_count_changes where category_id = any(free) returning *
      ), total as (
        select category_id as id, sum(product_count) as products, sum(active_product_count) as actives from folded group by 1
      )
      update categories set product_count = product_count + total.products, active_product_count = active_product_count + total.actives
      from total where categories.id = total.id;
    end if;
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
    if cardinality(given_ids) <= 8 then
      for place in 1..cardinality(given_ids) loop
        if given_counts[place] = 0 and given_actives[place] = 0 then
          perform 1 from tags where id = given_ids[place] for no key update skip locked;
        else
          update tags set product_count = product_count + given_counts[place], active_product_count = active_product_count + given_actives[place]
          where id = (select id from tags where id = given_ids[place] for no key update skip locked);
        end if;
        continue when not found;
        free := free || given_ids[place];
      end loop;
    else
      free := array(select id from tags where id = any(given_ids) order by id for no key update skip locked);
      update tags set product_count = product_count + given.products, active_product_count = active_product_count + given.actives
      from unnest(given_ids, given_counts, given_actives) as given(id, products, actives)
      where tags.id = given.id and tags.id = any(free) and (given.products <> 0 or given.actives <> 0);
    end if;
    -- What others have left.
    if exists (select 1 from tag_count_changes where tag_id = any(free)) then
      with folded as (
        delete from tag_count_changes where tag_id = any(free) returning *
      ), total as (
        select tag_id as id, sum(product_count) as products, sum(active_product_count) as actives from folded group by 1
      )
      update tags set product_count = product_count + total.products, active_product_count = active_product_count + total.actives
      from total where tags.id = total.id;
    end if;
    if cardinality(free) = cardinality(given_ids) then
      return;
    end if;
  end if;
  insert into tag_count_changes
  select given.* from unnest(given_ids, given_counts, given_actives) as given(id, products, actives)
  where id <> all(free) and (products <> 0 or actives <> 0) and exists (select 1 from tags where tags.id = given.id);
end
\$\$;`);
    this.addSql(`create or replace function add_uncategorized_counts(given_ids int[], given_counts int[], given_actives int[]) returns void language plpgsql as \$\$
declare
  free int[] := '{}';
begin
  -- Within a cascade, which runs once for each row, changes are only left: the statement that set it off adds them up.
  if pg_trigger_depth() < 2 then
    if cardinality(given_ids) <= 8 then
      for place in 1..cardinality(given_ids) loop
        if given_counts[place] = 0 and given_actives[place] = 0 then
          perform 1 from uncategorized_products where id = given_ids[place] for no key update skip locked;
        else
          update uncategorized_products set product_count = product_count + given_counts[place], active_product_count = active_product_count + given_actives[place]
          where id = (select id from uncategorized_products where id = given_ids[place] for no key update skip locked);
        end if;
        continue when not found;
        free := free || given_ids[place];
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
  select array_agg(id), array_agg(products), array_agg(actives) into ids, counts, actives_ from (
    select id, sum(products)::int as products, sum(actives)::int as actives from (select category_id, 1, is_active::int from added where category_id is not null) as change(id, products, actives)
    where id is not null group by id having sum(products) <> 0 or sum(actives) <> 0 order by id
  ) as total;
  if ids is not null then
    perform add_category_counts(ids, counts, actives_);
  end if;
  if exists (select 1 from added where category_id is null) then
  select array_agg(id), array_agg(products), array_agg(actives) into ids, counts, actives_ from (
    select id, sum(products)::int as products, sum(actives)::int as actives from (select 1, 1, is_active::int from added where category_id is null) as change(id, products, actives)
    where id is not null group by id having sum(products) <> 0 or sum(actives) <> 0 order by id
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
  select array_agg(id), array_agg(products), array_agg(actives) into ids, counts, actives_ from (
    select id, sum(products)::int as products, sum(actives)::int as actives from (select category_id, -1, -is_active::int from removed where category_id is not null union all select category_id, 1, is_active::int from added where category_id is not null) as change(id, products, actives)
    where id is not null group by id having sum(products) <> 0 or sum(actives) <> 0 order by id
  ) as total;
  if ids is not null then
    perform add_category_counts(ids, counts, actives_);
  end if;
  select array_agg(id), array_agg(products), array_agg(actives) into ids, counts, actives_ from (
    select id, sum(products)::int as products, sum(actives)::int as actives from (select 1, -1, -is_active::int from removed where category_id is null union all select 1, 1, is_active::int from added where category_id is null) as change(id, products, actives)
    where id is not null group by id having sum(products) <> 0 or sum(actives) <> 0 order by id
  ) as total;
  if ids is not null then
    perform add_uncategorized_counts(ids, counts, actives_);
  end if;
  select array_agg(id), array_agg(products), array_agg(actives) into ids, counts, actives_ from (
    select id, sum(products)::int as products, sum(actives)::int as actives from (select tag_id, 0, added.is_active::int - removed.is_active::int from added join removed using (id) cross join lateral (select tag_id from product_tags where product_id = added.id offset 0) as looked_up where added.is_active <> removed.is_active) as change(id, products, actives)
    where id is not null group by id having sum(products) <> 0 or sum(actives) <> 0 order by id
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
  select array_agg(id), array_agg(products), array_agg(actives) into ids, counts, actives_ from (
    select id, sum(products)::int as products, sum(actives)::int as actives from (select category_id, -1, -is_active::int from removed where category_id is not null) as change(id, products, actives)
    where id is not null group by id having sum(products) <> 0 or sum(actives) <> 0 order by id
  ) as total;
  if ids is not null then
    perform add_category_counts(ids, counts, actives_);
  end if;
  if exists (select 1 from removed where category_id is null) then
  select array_agg(id), array_agg(products), array_agg(actives) into ids, counts, actives_ from (
    select id, sum(products)::int as products, sum(actives)::int as actives from (select 1, -1, -is_active::int from removed where category_id is null) as change(id, products, actives)
    where id is not null group by id having sum(products) <> 0 or sum(actives) <> 0 order by id
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
    this.addSql(`create or replace function count_links() returns trigger language plpgsql as \$\$
declare
  ids int[];
  counts int[];
  actives_ int[];
begin
  if tg_op = 'INSERT' then
    perform 1 from (select distinct product_id from added order by product_id) as link cross join lateral (select id from products where id = product_id for share) as held;
  select array_agg(id), array_agg(products), array_agg(actives) into ids, counts, actives_ from (
    select id, sum(products)::int as products, sum(actives)::int as actives from (select tag_id, 1, coalesce(looked_up.is_active, false)::int from added left join lateral (select is_active from products where id = product_id offset 0) as looked_up on true) as change(id, products, actives)
    where id is not null group by id having sum(products) <> 0 or sum(actives) <> 0 order by id
  ) as total;
  if ids is not null then
    perform add_tag_counts(ids, counts, actives_);
  end if;
  elsif tg_op = 'DELETE' then
    perform 1 from (select distinct product_id from removed order by product_id) as link cross join lateral (select id from products where id = product_id for share) as held;
  select array_agg(id), array_agg(products), array_agg(actives) into ids, counts, actives_ from (
    select id, sum(products)::int as products, sum(actives)::int as actives from (select tag_id, -1, -coalesce(looked_up.is_active, false)::int from removed left join lateral (select is_active from products where id = product_id offset 0) as looked_up on true) as change(id, products, actives)
    where id is not null group by id having sum(products) <> 0 or sum(actives) <> 0 order by id
  ) as total;
  if ids is not null then
    perform add_tag_counts(ids, counts, actives_);
  end if;
  else
    perform 1 from (select distinct product_id from (select product_id from added union all select product_id from removed) as changed order by product_id) as link cross join lateral (select id from products where id = product_id for share) as held;
  select array_agg(id), array_agg(products), array_agg(actives) into ids, counts, actives_ from (
    select id, sum(products)::int as products, sum(actives)::int as actives from (select tag_id, -1, -coalesce(looked_up.is_active, false)::int from removed left join lateral (select is_active from products where id = product_id offset 0) as looked_up on true union all select tag_id, 1, coalesce(looked_up.is_active, false)::int from added left join lateral (select is_active from products where id = product_id offset 0) as looked_up on true) as change(id, products, actives)
    where id is not null group by id having sum(products) <> 0 or sum(actives) <> 0 order by id
  ) as total;
  if ids is not null then
    perform add_tag_counts(ids, counts, actives_);
  end if;
  end if;
  return null;
end
\$\$;`);
    this.addSql(`create constraint trigger product_tags_event_insert after insert on product_tags deferrable initially deferred for each row when (current_setting('catalog.told_at_once', true) is distinct from 'on' and current_setting('catalog.made_product', true) is distinct from new.product_id::text) execute function write_event_of_link();`);
  }

  override down(): void {
    this.addSql(`drop trigger product_tags_event_insert on product_tags;`);
    this.addSql(`create or replace function add_category_counts(given_ids int[], given_counts int[], given_actives int[]) returns void language plpgsql as \$\$
declare
  free int[] := '{}';
begin
  -- Within a cascade, which runs once for each row, changes are only left: the statement that set it off adds them up.
  if pg_trigger_depth() < 2 then
    if cardinality(given_ids) <= 8 then
      for place in 1..cardinality(given_ids) loop
        perform 1 from categories where id = given_ids[place] for no key update skip locked;
        continue when not found;
        free := free || given_ids[place];
        continue when given_counts[place] = 0 and given_actives[place] = 0;
        update categories set product_count = product_count + given_counts[place], active_product_count = active_product_count + given_actives[place]
        where id = given_ids[place];
      end loop;
    else
      free := array(select id from categories where id = any(given_ids) order by id for no key update skip locked);
      update categories set product_count = product_count + given.products, active_product_count = active_product_count + given.actives
      from unnest(given_ids, given_counts, given_actives) as given(id, products, actives)
      where categories.id = given.id and categories.id = any(free) and (given.products <> 0 or given.actives <> 0);
    end if;
    -- What others have left.
    if exists (select 1 from category_count_changes where category_id = any(free)) then
      with folded as (
        delete from category_count_changes where category_id = any(free) returning *
      ), total as (
        select category_id as id, sum(product_count) as products, sum(active_product_count) as actives from folded group by 1
      )
      update categories set product_count = product_count + total.products, active_product_count = active_product_count + total.actives
      from total where categories.id = total.id;
    end if;
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
    if cardinality(given_ids) <= 8 then
      for place in 1..cardinality(given_ids) loop
        perform 1 from tags where id = given_ids[place] for no key update skip locked;
        continue when not found;
        free := free || given_ids[place];
        continue when given_counts[place] = 0 and given_actives[place] = 0;
        update tags set product_count = product_count + given_counts[place], active_product_count = active_product_count + given_actives[place]
        where id = given_ids[place];
      end loop;
    else
      free := array(select id from tags where id = any(given_ids) order by id for no key update skip locked);
      update tags set product_count = product_count + given.products, active_product_count = active_product_count + given.actives
      from unnest(given_ids, given_counts, given_actives) as given(id, products, actives)
      where tags.id = given.id and tags.id = any(free) and (given.products <> 0 or given.actives <> 0);
    end if;
    -- What others have left.
    if exists (select 1 from tag_count_changes where tag_id = any(free)) then
      with folded as (
        delete from tag_count_changes where tag_id = any(free) returning *
      ), total as (
        select tag_id as id, sum(product_count) as products, sum(active_product_count) as actives from folded group by 1
      )
      update tags set product_count = product_count + total.products, active_product_count = active_product_count + total.actives
      from total where tags.id = total.id;
    end if;
    if cardinality(free) = cardinality(given_ids) then
      return;
    end if;
  end if;
  insert into tag_count_changes
  select given.* from unnest(given_ids, given_counts, given_actives) as given(id, products, actives)
  where id <> all(free) and (products <> 0 or actives <> 0) and exists (select 1 from tags where tags.id = given.id);
end
\$\$;`);
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
    this.addSql(`create constraint trigger product_tags_event_insert after insert on product_tags deferrable initially deferred for each row when (current_setting('catalog.told_at_once', true) is distinct from 'on') execute function write_event_of_link();`);
  }
}
