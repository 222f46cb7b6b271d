import { Migration } from '@mikro-orm/migrations';

export class Migration20261125234037_fewer_count_statements extends Migration {
  override name = 'Migration20261125234037_fewer_count_statements';

  override up(): void {
    this.addSql(`create or replace function count_products_insert() returns trigger language plpgsql as \$\$
declare
  ids int[];
  counts int[];
  actives_ int[];
  made int;
  made_active int;
  made_in int;
begin
  select count(*), count(*) filter (where is_active), max(category_id) into made, made_active, made_in from added;
  -- Most statements make one, which needs no grouping.
  if made = 1 and made_in is not null then
    perform add_category_counts(array[made_in], array[made], array[made_active]);
    return null;
  end if;
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
    this.addSql(`create or replace function count_links() returns trigger language plpgsql as \$\$
declare
  ids int[];
  counts int[];
  actives_ int[];
begin
  if tg_op = 'INSERT' then
  select array_agg(id), array_agg(products), array_agg(actives) into ids, counts, actives_ from (
    select id, sum(products)::int as products, sum(actives)::int as actives from (select tag_id, 1, coalesce(held.is_active, false)::int from (select * from added order by product_id) as link left join lateral (select is_active from products where id = product_id for share) as held on true) as change(id, products, actives)
    where id is not null group by id having sum(products) <> 0 or sum(actives) <> 0 order by id
  ) as total;
  if ids is not null then
    perform add_tag_counts(ids, counts, actives_);
  end if;
  elsif tg_op = 'DELETE' then
  select array_agg(id), array_agg(products), array_agg(actives) into ids, counts, actives_ from (
    select id, sum(products)::int as products, sum(actives)::int as actives from (select tag_id, -1, -coalesce(held.is_active, false)::int from (select * from removed order by product_id) as link left join lateral (select is_active from products where id = product_id for share) as held on true) as change(id, products, actives)
    where id is not null group by id having sum(products) <> 0 or sum(actives) <> 0 order by id
  ) as total;
  if ids is not null then
    perform add_tag_counts(ids, counts, actives_);
  end if;
  else
  select array_agg(id), array_agg(products), array_agg(actives) into ids, counts, actives_ from (
    select id, sum(products)::int as products, sum(actives)::int as actives from (select tag_id, -1, -coalesce(held.is_active, false)::int from (select * from removed order by product_id) as link left join lateral (select is_active from products where id = product_id for share) as held on true union all select tag_id, 1, coalesce(held.is_active, false)::int from (select * from added order by product_id) as link left join lateral (select is_active from products where id = product_id for share) as held on true) as change(id, products, actives)
    where id is not null group by id having sum(products) <> 0 or sum(actives) <> 0 order by id
  ) as total;
  if ids is not null then
    perform add_tag_counts(ids, counts, actives_);
  end if;
  end if;
  return null;
end
\$\$;`);
  }

  override down(): void {
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
  }
}
