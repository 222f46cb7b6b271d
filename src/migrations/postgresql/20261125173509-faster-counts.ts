import { Migration } from '@mikro-orm/migrations';

export class Migration20261125173509_faster_counts extends Migration {
  override name = 'Migration20261125173509_faster_counts';

  override up(): void {
    this.addSql(`drop function add_tag_counts(int[], int[], int[]);`);
    this.addSql(`drop function add_category_counts(int[], int[], int[]);`);
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
  }

  override down(): void {
    this.addSql(`drop function add_tag_counts(int[], int[], int[]);`);
    this.addSql(`drop function add_category_counts(int[], int[], int[]);`);
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
  }
}
