import { Migration } from '@mikro-orm/migrations';

export class Migration20261125171949_events extends Migration {
  override name = 'Migration20261125171949_events';
  readonly loses = { down: ['events', 'event_consumers'] };

  override up(): void {
    this.addSql(`create table "events" ("id" bigserial primary key, "type" text collate "C" not null, "entity" text collate "C" not null, "entity_id" int not null, "label" text not null, "changes" text not null, "actor_id" int null, "source" text collate "C" not null, "request_id" text null, "occurred_at" timestamptz(3) not null);`);
    this.addSql(`create index "events_occurred_at_index" on "events" ("occurred_at", "id");`);
    this.addSql(`create index "events_actor_index" on "events" ("actor_id", "id");`);
    this.addSql(`create index "events_type_index" on "events" ("type", "id");`);
    this.addSql(`create index "events_entity_index" on "events" ("entity", "entity_id", "id");`);
    this.addSql(`create table "event_consumers" ("name" text collate "C" not null, "last_event_id" bigint not null, primary key ("name"));`);
    this.addSql(`create or replace function write_event(given_type text, given_entity text, given_id int, given_label text, given_changes text) returns void language plpgsql as \$\$
begin
  perform pg_advisory_xact_lock(8214003);
  insert into events (type, entity, entity_id, label, changes, actor_id, source, request_id, occurred_at)
  values (given_type, given_entity, given_id, given_label, given_changes,
    nullif(current_setting('catalog.actor_id', true), '')::int, coalesce(nullif(current_setting('catalog.source', true), ''), 'SQL'), nullif(current_setting('catalog.request_id', true), ''), clock_timestamp());
  perform pg_notify('catalog_events', '');
end
\$\$;`);
    this.addSql(`create or replace function write_event_of_category() returns trigger language plpgsql as \$\$
begin
  if tg_op = 'INSERT' then
    perform write_event('category.created', 'CATEGORY', new.id, new.name, '[' || substr(case when new.name is not null then ',{"field":"name","before":' || 'null' || ',"after":' || coalesce(to_json(new.name)::text, 'null') || '}' else '' end
    || case when new.slug is not null then ',{"field":"slug","before":' || 'null' || ',"after":' || coalesce(to_json(new.slug)::text, 'null') || '}' else '' end
    || case when new.is_active is not null then ',{"field":"isActive","before":' || 'null' || ',"after":' || new.is_active::text || '}' else '' end
    || case when new.parent_id is not null then ',{"field":"parentId","before":' || 'null' || ',"after":' || coalesce('"' || new.parent_id || '"', 'null') || '}' else '' end, 2) || ']');
  elsif tg_op = 'UPDATE' then
    perform write_event('category.updated', 'CATEGORY', new.id, new.name, '[' || substr(case when old.name is distinct from new.name then ',{"field":"name","before":' || coalesce(to_json(old.name)::text, 'null') || ',"after":' || coalesce(to_json(new.name)::text, 'null') || '}' else '' end
    || case when old.slug is distinct from new.slug then ',{"field":"slug","before":' || coalesce(to_json(old.slug)::text, 'null') || ',"after":' || coalesce(to_json(new.slug)::text, 'null') || '}' else '' end
    || case when old.is_active is distinct from new.is_active then ',{"field":"isActive","before":' || old.is_active::text || ',"after":' || new.is_active::text || '}' else '' end
    || case when old.parent_id is distinct from new.parent_id then ',{"field":"parentId","before":' || coalesce('"' || old.parent_id || '"', 'null') || ',"after":' || coalesce('"' || new.parent_id || '"', 'null') || '}' else '' end, 2) || ']');
  else
    perform write_event('category.deleted', 'CATEGORY', old.id, old.name, '[' || substr(case when old.name is not null then ',{"field":"name","before":' || coalesce(to_json(old.name)::text, 'null') || ',"after":' || 'null' || '}' else '' end
    || case when old.slug is not null then ',{"field":"slug","before":' || coalesce(to_json(old.slug)::text, 'null') || ',"after":' || 'null' || '}' else '' end
    || case when old.is_active is not null then ',{"field":"isActive","before":' || old.is_active::text || ',"after":' || 'null' || '}' else '' end
    || case when old.parent_id is not null then ',{"field":"parentId","before":' || coalesce('"' || old.parent_id || '"', 'null') || ',"after":' || 'null' || '}' else '' end, 2) || ']');
  end if;
  return null;
end
\$\$;`);
    this.addSql(`create or replace function write_event_of_tag() returns trigger language plpgsql as \$\$
begin
  if tg_op = 'INSERT' then
    perform write_event('tag.created', 'TAG', new.id, new.name, '[' || substr(case when new.name is not null then ',{"field":"name","before":' || 'null' || ',"after":' || coalesce(to_json(new.name)::text, 'null') || '}' else '' end
    || case when new.slug is not null then ',{"field":"slug","before":' || 'null' || ',"after":' || coalesce(to_json(new.slug)::text, 'null') || '}' else '' end, 2) || ']');
  elsif tg_op = 'UPDATE' then
    perform write_event('tag.updated', 'TAG', new.id, new.name, '[' || substr(case when old.name is distinct from new.name then ',{"field":"name","before":' || coalesce(to_json(old.name)::text, 'null') || ',"after":' || coalesce(to_json(new.name)::text, 'null') || '}' else '' end
    || case when old.slug is distinct from new.slug then ',{"field":"slug","before":' || coalesce(to_json(old.slug)::text, 'null') || ',"after":' || coalesce(to_json(new.slug)::text, 'null') || '}' else '' end, 2) || ']');
  else
    perform write_event('tag.deleted', 'TAG', old.id, old.name, '[' || substr(case when old.name is not null then ',{"field":"name","before":' || coalesce(to_json(old.name)::text, 'null') || ',"after":' || 'null' || '}' else '' end
    || case when old.slug is not null then ',{"field":"slug","before":' || coalesce(to_json(old.slug)::text, 'null') || ',"after":' || 'null' || '}' else '' end, 2) || ']');
  end if;
  return null;
end
\$\$;`);
    this.addSql(`create or replace function write_event_of_product() returns trigger language plpgsql as \$\$
begin
  if tg_op = 'INSERT' then
    perform write_event('product.created', 'PRODUCT', new.id, new.name, '[' || substr(case when new.name is not null then ',{"field":"name","before":' || 'null' || ',"after":' || coalesce(to_json(new.name)::text, 'null') || '}' else '' end
    || case when new.slug is not null then ',{"field":"slug","before":' || 'null' || ',"after":' || coalesce(to_json(new.slug)::text, 'null') || '}' else '' end
    || case when new.description is not null then ',{"field":"description","before":' || 'null' || ',"after":' || coalesce(to_json(new.description)::text, 'null') || '}' else '' end
    || case when new.image_url is not null then ',{"field":"imageUrl","before":' || 'null' || ',"after":' || coalesce(to_json(new.image_url)::text, 'null') || '}' else '' end
    || case when new.price_shmeckles is not null then ',{"field":"priceShmeckles","before":' || 'null' || ',"after":' || '"' || new.price_shmeckles / 100 || '.' || right((new.price_shmeckles % 100 + 100)::text, 2) || '"' || '}' else '' end
    || case when new.price_flurbos is not null then ',{"field":"priceFlurbos","before":' || 'null' || ',"after":' || '"' || new.price_flurbos / 100 || '.' || right((new.price_flurbos % 100 + 100)::text, 2) || '"' || '}' else '' end
    || case when new.stock is not null then ',{"field":"stock","before":' || 'null' || ',"after":' || coalesce(new.stock::text, 'null') || '}' else '' end
    || case when new.rating is not null then ',{"field":"rating","before":' || 'null' || ',"after":' || coalesce(to_json(new.rating)::text, 'null') || '}' else '' end
    || case when new.is_active is not null then ',{"field":"isActive","before":' || 'null' || ',"after":' || new.is_active::text || '}' else '' end
    || case when new.category_id is not null then ',{"field":"categoryId","before":' || 'null' || ',"after":' || coalesce('"' || new.category_id || '"', 'null') || '}' else '' end
    || coalesce((select ',{"field":"tagIds","before":' || 'null' || ',"after":' || json_agg(tag_id::text order by tag_id)::text || '}' from product_tags where product_id = new.id having count(*) > 0), ''), 2) || ']');
  elsif tg_op = 'UPDATE' then
    perform write_event(case when old.name is distinct from new.name or old.slug is distinct from new.slug or old.description is distinct from new.description or old.image_url is distinct from new.image_url or old.price_shmeckles is distinct from new.price_shmeckles or old.price_flurbos is distinct from new.price_flurbos or old.rating is distinct from new.rating or old.is_active is distinct from new.is_active or old.category_id is distinct from new.category_id then 'product.updated' else 'product.stock_changed' end, 'PRODUCT', new.id, new.name, '[' || substr(case when old.name is distinct from new.name then ',{"field":"name","before":' || coalesce(to_json(old.name)::text, 'null') || ',"after":' || coalesce(to_json(new.name)::text, 'null') || '}' else '' end
    || case when old.slug is distinct from new.slug then ',{"field":"slug","before":' || coalesce(to_json(old.slug)::text, 'null') || ',"after":' || coalesce(to_json(new.slug)::text, 'null') || '}' else '' end
    || case when old.description is distinct from new.description then ',{"field":"description","before":' || coalesce(to_json(old.description)::text, 'null') || ',"after":' || coalesce(to_json(new.description)::text, 'null') || '}' else '' end
    || case when old.image_url is distinct from new.image_url then ',{"field":"imageUrl","before":' || coalesce(to_json(old.image_url)::text, 'null') || ',"after":' || coalesce(to_json(new.image_url)::text, 'null') || '}' else '' end
    || case when old.price_shmeckles is distinct from new.price_shmeckles then ',{"field":"priceShmeckles","before":' || '"' || old.price_shmeckles / 100 || '.' || right((old.price_shmeckles % 100 + 100)::text, 2) || '"' || ',"after":' || '"' || new.price_shmeckles / 100 || '.' || right((new.price_shmeckles % 100 + 100)::text, 2) || '"' || '}' else '' end
    || case when old.price_flurbos is distinct from new.price_flurbos then ',{"field":"priceFlurbos","before":' || '"' || old.price_flurbos / 100 || '.' || right((old.price_flurbos % 100 + 100)::text, 2) || '"' || ',"after":' || '"' || new.price_flurbos / 100 || '.' || right((new.price_flurbos % 100 + 100)::text, 2) || '"' || '}' else '' end
    || case when old.stock is distinct from new.stock then ',{"field":"stock","before":' || coalesce(old.stock::text, 'null') || ',"after":' || coalesce(new.stock::text, 'null') || '}' else '' end
    || case when old.rating is distinct from new.rating then ',{"field":"rating","before":' || coalesce(to_json(old.rating)::text, 'null') || ',"after":' || coalesce(to_json(new.rating)::text, 'null') || '}' else '' end
    || case when old.is_active is distinct from new.is_active then ',{"field":"isActive","before":' || old.is_active::text || ',"after":' || new.is_active::text || '}' else '' end
    || case when old.category_id is distinct from new.category_id then ',{"field":"categoryId","before":' || coalesce('"' || old.category_id || '"', 'null') || ',"after":' || coalesce('"' || new.category_id || '"', 'null') || '}' else '' end, 2) || ']');
  else
    perform write_event('product.deleted', 'PRODUCT', old.id, old.name, '[' || substr(case when old.name is not null then ',{"field":"name","before":' || coalesce(to_json(old.name)::text, 'null') || ',"after":' || 'null' || '}' else '' end
    || case when old.slug is not null then ',{"field":"slug","before":' || coalesce(to_json(old.slug)::text, 'null') || ',"after":' || 'null' || '}' else '' end
    || case when old.description is not null then ',{"field":"description","before":' || coalesce(to_json(old.description)::text, 'null') || ',"after":' || 'null' || '}' else '' end
    || case when old.image_url is not null then ',{"field":"imageUrl","before":' || coalesce(to_json(old.image_url)::text, 'null') || ',"after":' || 'null' || '}' else '' end
    || case when old.price_shmeckles is not null then ',{"field":"priceShmeckles","before":' || '"' || old.price_shmeckles / 100 || '.' || right((old.price_shmeckles % 100 + 100)::text, 2) || '"' || ',"after":' || 'null' || '}' else '' end
    || case when old.price_flurbos is not null then ',{"field":"priceFlurbos","before":' || '"' || old.price_flurbos / 100 || '.' || right((old.price_flurbos % 100 + 100)::text, 2) || '"' || ',"after":' || 'null' || '}' else '' end
    || case when old.stock is not null then ',{"field":"stock","before":' || coalesce(old.stock::text, 'null') || ',"after":' || 'null' || '}' else '' end
    || case when old.rating is not null then ',{"field":"rating","before":' || coalesce(to_json(old.rating)::text, 'null') || ',"after":' || 'null' || '}' else '' end
    || case when old.is_active is not null then ',{"field":"isActive","before":' || old.is_active::text || ',"after":' || 'null' || '}' else '' end
    || case when old.category_id is not null then ',{"field":"categoryId","before":' || coalesce('"' || old.category_id || '"', 'null') || ',"after":' || 'null' || '}' else '' end, 2) || ']');
  end if;
  return null;
end
\$\$;`);
    this.addSql(`create or replace function write_event_of_user() returns trigger language plpgsql as \$\$
begin
  if tg_op = 'INSERT' then
    perform write_event('user.created', 'USER', new.id, new.username, '[' || substr(case when new.username is not null then ',{"field":"username","before":' || 'null' || ',"after":' || coalesce(to_json(new.username)::text, 'null') || '}' else '' end
    || case when new.slug is not null then ',{"field":"slug","before":' || 'null' || ',"after":' || coalesce(to_json(new.slug)::text, 'null') || '}' else '' end
    || case when new.first_name is not null then ',{"field":"firstName","before":' || 'null' || ',"after":' || coalesce(to_json(new.first_name)::text, 'null') || '}' else '' end
    || case when new.last_name is not null then ',{"field":"lastName","before":' || 'null' || ',"after":' || coalesce(to_json(new.last_name)::text, 'null') || '}' else '' end
    || case when new.age is not null then ',{"field":"age","before":' || 'null' || ',"after":' || coalesce(new.age::text, 'null') || '}' else '' end
    || case when new.role is not null then ',{"field":"role","before":' || 'null' || ',"after":' || coalesce(to_json(new.role)::text, 'null') || '}' else '' end
    || case when new.is_active is not null then ',{"field":"isActive","before":' || 'null' || ',"after":' || new.is_active::text || '}' else '' end, 2) || ']');
  elsif tg_op = 'UPDATE' then
    perform write_event('user.updated', 'USER', new.id, new.username, '[' || substr(case when old.username is distinct from new.username then ',{"field":"username","before":' || coalesce(to_json(old.username)::text, 'null') || ',"after":' || coalesce(to_json(new.username)::text, 'null') || '}' else '' end
    || case when old.slug is distinct from new.slug then ',{"field":"slug","before":' || coalesce(to_json(old.slug)::text, 'null') || ',"after":' || coalesce(to_json(new.slug)::text, 'null') || '}' else '' end
    || case when old.first_name is distinct from new.first_name then ',{"field":"firstName","before":' || coalesce(to_json(old.first_name)::text, 'null') || ',"after":' || coalesce(to_json(new.first_name)::text, 'null') || '}' else '' end
    || case when old.last_name is distinct from new.last_name then ',{"field":"lastName","before":' || coalesce(to_json(old.last_name)::text, 'null') || ',"after":' || coalesce(to_json(new.last_name)::text, 'null') || '}' else '' end
    || case when old.age is distinct from new.age then ',{"field":"age","before":' || coalesce(old.age::text, 'null') || ',"after":' || coalesce(new.age::text, 'null') || '}' else '' end
    || case when old.role is distinct from new.role then ',{"field":"role","before":' || coalesce(to_json(old.role)::text, 'null') || ',"after":' || coalesce(to_json(new.role)::text, 'null') || '}' else '' end
    || case when old.is_active is distinct from new.is_active then ',{"field":"isActive","before":' || old.is_active::text || ',"after":' || new.is_active::text || '}' else '' end
    || case when (old.password_hash is distinct from new.password_hash and not coalesce(current_setting('catalog.is_rehash', true), '') = 'true') then ',{"field":"password","before":' || 'null' || ',"after":' || 'null' || '}' else '' end, 2) || ']');
  else
    perform write_event('user.deleted', 'USER', old.id, old.username, '[' || substr(case when old.username is not null then ',{"field":"username","before":' || coalesce(to_json(old.username)::text, 'null') || ',"after":' || 'null' || '}' else '' end
    || case when old.slug is not null then ',{"field":"slug","before":' || coalesce(to_json(old.slug)::text, 'null') || ',"after":' || 'null' || '}' else '' end
    || case when old.first_name is not null then ',{"field":"firstName","before":' || coalesce(to_json(old.first_name)::text, 'null') || ',"after":' || 'null' || '}' else '' end
    || case when old.last_name is not null then ',{"field":"lastName","before":' || coalesce(to_json(old.last_name)::text, 'null') || ',"after":' || 'null' || '}' else '' end
    || case when old.age is not null then ',{"field":"age","before":' || coalesce(old.age::text, 'null') || ',"after":' || 'null' || '}' else '' end
    || case when old.role is not null then ',{"field":"role","before":' || coalesce(to_json(old.role)::text, 'null') || ',"after":' || 'null' || '}' else '' end
    || case when old.is_active is not null then ',{"field":"isActive","before":' || old.is_active::text || ',"after":' || 'null' || '}' else '' end, 2) || ']');
  end if;
  return null;
end
\$\$;`);
    this.addSql(`create or replace function write_event_of_tagging(given_type text, given_product int, given_tag int) returns void language plpgsql as \$\$
declare
  product_name text := (select name from products where id = given_product);
  change_text text := case when given_type = 'product.tagged'
    then '{"field":"tagIds","before":[],"after":["' || given_tag || '"]}'
    else '{"field":"tagIds","before":["' || given_tag || '"],"after":[]}' end;
begin
  if product_name is null then
    if given_type = 'product.untagged' then
      update events set changes = case when changes like '%"],"after":null}]'
        then left(changes, -length('],"after":null}]')) || ',"' || given_tag || '"],"after":null}]'
        else left(changes, -1) || ',{"field":"tagIds","before":["' || given_tag || '"],"after":null}]' end
      where id = (select max(id) from events where entity = 'PRODUCT' and entity_id = given_product) and type = 'product.deleted';
    end if;
  elsif not exists (select 1 from (
    select type, xmin from events where entity = 'PRODUCT' and entity_id = given_product order by id limit 1
  ) as first_event where type = 'product.created' and xmin = pg_current_xact_id()::xid) then
    perform write_event(given_type, 'PRODUCT', given_product, product_name, '[' || change_text || ']');
  end if;
end
\$\$;`);
    this.addSql(`create or replace function write_event_of_link() returns trigger language plpgsql as \$\$
begin
  if tg_op <> 'INSERT' then
    perform write_event_of_tagging('product.untagged', old.product_id, old.tag_id);
  end if;
  if tg_op <> 'DELETE' then
    perform write_event_of_tagging('product.tagged', new.product_id, new.tag_id);
  end if;
  return null;
end
\$\$;`);
    this.addSql(`create constraint trigger categories_event_insert after insert on categories deferrable initially deferred for each row execute function write_event_of_category();`);
    this.addSql(`create constraint trigger categories_event_update after update on categories deferrable initially deferred for each row when (old.name is distinct from new.name or old.slug is distinct from new.slug or old.is_active is distinct from new.is_active or old.parent_id is distinct from new.parent_id) execute function write_event_of_category();`);
    this.addSql(`create constraint trigger categories_event_delete after delete on categories deferrable initially deferred for each row execute function write_event_of_category();`);
    this.addSql(`create constraint trigger tags_event_insert after insert on tags deferrable initially deferred for each row execute function write_event_of_tag();`);
    this.addSql(`create constraint trigger tags_event_update after update on tags deferrable initially deferred for each row when (old.name is distinct from new.name or old.slug is distinct from new.slug) execute function write_event_of_tag();`);
    this.addSql(`create constraint trigger tags_event_delete after delete on tags deferrable initially deferred for each row execute function write_event_of_tag();`);
    this.addSql(`create constraint trigger products_event_insert after insert on products deferrable initially deferred for each row execute function write_event_of_product();`);
    this.addSql(`create constraint trigger products_event_update after update on products deferrable initially deferred for each row when (old.name is distinct from new.name or old.slug is distinct from new.slug or old.description is distinct from new.description or old.image_url is distinct from new.image_url or old.price_shmeckles is distinct from new.price_shmeckles or old.price_flurbos is distinct from new.price_flurbos or old.stock is distinct from new.stock or old.rating is distinct from new.rating or old.is_active is distinct from new.is_active or old.category_id is distinct from new.category_id) execute function write_event_of_product();`);
    this.addSql(`create constraint trigger products_event_delete after delete on products deferrable initially deferred for each row execute function write_event_of_product();`);
    this.addSql(`create constraint trigger users_event_insert after insert on users deferrable initially deferred for each row execute function write_event_of_user();`);
    this.addSql(`create constraint trigger users_event_update after update on users deferrable initially deferred for each row when (old.username is distinct from new.username or old.slug is distinct from new.slug or old.first_name is distinct from new.first_name or old.last_name is distinct from new.last_name or old.age is distinct from new.age or old.role is distinct from new.role or old.is_active is distinct from new.is_active or (old.password_hash is distinct from new.password_hash and not coalesce(current_setting('catalog.is_rehash', true), '') = 'true')) execute function write_event_of_user();`);
    this.addSql(`create constraint trigger users_event_delete after delete on users deferrable initially deferred for each row execute function write_event_of_user();`);
    this.addSql(`create constraint trigger product_tags_event_insert after insert on product_tags deferrable initially deferred for each row execute function write_event_of_link();`);
    this.addSql(`create constraint trigger product_tags_event_update after update on product_tags deferrable initially deferred for each row execute function write_event_of_link();`);
    this.addSql(`create constraint trigger product_tags_event_delete after delete on product_tags deferrable initially deferred for each row execute function write_event_of_link();`);
  }

  override down(): void {
    this.addSql(`drop trigger product_tags_event_delete on product_tags;`);
    this.addSql(`drop trigger product_tags_event_update on product_tags;`);
    this.addSql(`drop trigger product_tags_event_insert on product_tags;`);
    this.addSql(`drop trigger users_event_delete on users;`);
    this.addSql(`drop trigger users_event_update on users;`);
    this.addSql(`drop trigger users_event_insert on users;`);
    this.addSql(`drop trigger products_event_delete on products;`);
    this.addSql(`drop trigger products_event_update on products;`);
    this.addSql(`drop trigger products_event_insert on products;`);
    this.addSql(`drop trigger tags_event_delete on tags;`);
    this.addSql(`drop trigger tags_event_update on tags;`);
    this.addSql(`drop trigger tags_event_insert on tags;`);
    this.addSql(`drop trigger categories_event_delete on categories;`);
    this.addSql(`drop trigger categories_event_update on categories;`);
    this.addSql(`drop trigger categories_event_insert on categories;`);
    this.addSql(`drop function write_event_of_link();`);
    this.addSql(`drop function write_event_of_tagging(text, int, int);`);
    this.addSql(`drop function write_event_of_user();`);
    this.addSql(`drop function write_event_of_product();`);
    this.addSql(`drop function write_event_of_tag();`);
    this.addSql(`drop function write_event_of_category();`);
    this.addSql(`drop function write_event(text, text, int, text, text);`);
    this.addSql(`drop table "events";`);
    this.addSql(`drop table "event_consumers";`);
  }
}
