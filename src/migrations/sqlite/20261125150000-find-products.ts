import { Migration } from '@mikro-orm/migrations';

export class Migration20261125150000_find_products extends Migration {
  override name = 'Migration20261125150000_find_products';
  readonly loses = { down: ['categories.product_count', 'categories.active_product_count', 'products.search_words', 'tags.product_count', 'tags.active_product_count', 'text_positions'] };

  override up(): void {
    this.addSql(`alter table "categories" add column "product_count" integer not null default 0;`);
    this.addSql(`alter table "categories" add column "active_product_count" integer not null default 0;`);
    this.addSql(`alter table "products" add column "search_words" text null;`);
    this.addSql(`create index "products_category_price_index" on "products" ("category_id", "price_shmeckles", "id");`);
    this.addSql(`alter table "tags" add column "product_count" integer not null default 0;`);
    this.addSql(`alter table "tags" add column "active_product_count" integer not null default 0;`);
    this.addSql(`create index "users_age_index" on "users" ("age", "id");`);
    this.addSql(`create index "users_role_index" on "users" ("role", "id");`);
    this.addSql(`create table text_positions (position integer primary key);`);
    this.addSql(`insert into text_positions with recursive counted(position) as (select 1 union all select position + 1 from counted where position < 4096) select position from counted;`);
    this.addSql(`create index products_search_words_missing on products (id) where search_words is null;`);
    this.addSql(`create index products_inactive_index on products (id) where not is_active;`);
    this.addSql(`create index users_inactive_index on users (id) where not is_active;`);
    this.addSql(`create virtual table products_name_key_fts using fts5(tokens, content='', contentless_delete=1, detail=none, prefix='1 2', tokenize="ascii tokenchars '!""#\$%&''()*+,-./:;<=>?@[\\]^_\`{|}~'");`);
    this.addSql(`insert into products_name_key_fts (rowid, tokens) select id, (select group_concat(substr(replace(entry.name_key, ' ', '␠') || '␃', position, 3), ' ') from text_positions where position <= length(entry.name_key) + 1) from products as entry;`);
    this.addSql(`create virtual table products_search_words_fts using fts5(tokens, content='', contentless_delete=1, detail=none, prefix='1 2 3 4', tokenize="ascii tokenchars '!""#\$%&''()*+,-./:;<=>?@[\\]^_\`{|}~'");`);
    this.addSql(`insert into products_search_words_fts (rowid, tokens) select id, entry.search_words from products as entry;`);
    this.addSql(`create trigger products_index_insert after insert on products begin insert into products_name_key_fts (rowid, tokens) values (new.id, (select group_concat(substr(replace(new.name_key, ' ', '␠') || '␃', position, 3), ' ') from text_positions where position <= length(new.name_key) + 1)); insert into products_search_words_fts (rowid, tokens) values (new.id, new.search_words); end;`);
    this.addSql(`create trigger products_index_delete after delete on products begin delete from products_name_key_fts where rowid = old.id; delete from products_search_words_fts where rowid = old.id; end;`);
    this.addSql(`create trigger products_index_name_key after update of name_key on products when new.name_key is not old.name_key begin delete from products_name_key_fts where rowid = old.id; insert into products_name_key_fts (rowid, tokens) values (new.id, (select group_concat(substr(replace(new.name_key, ' ', '␠') || '␃', position, 3), ' ') from text_positions where position <= length(new.name_key) + 1)); end;`);
    this.addSql(`create trigger products_index_search_words after update of search_words on products when new.search_words is not old.search_words begin delete from products_search_words_fts where rowid = old.id; insert into products_search_words_fts (rowid, tokens) values (new.id, new.search_words); end;`);
    this.addSql(`create virtual table categories_name_key_fts using fts5(tokens, content='', contentless_delete=1, detail=none, prefix='1 2', tokenize="ascii tokenchars '!""#\$%&''()*+,-./:;<=>?@[\\]^_\`{|}~'");`);
    this.addSql(`insert into categories_name_key_fts (rowid, tokens) select id, (select group_concat(substr(replace(entry.name_key, ' ', '␠') || '␃', position, 3), ' ') from text_positions where position <= length(entry.name_key) + 1) from categories as entry;`);
    this.addSql(`create trigger categories_index_insert after insert on categories begin insert into categories_name_key_fts (rowid, tokens) values (new.id, (select group_concat(substr(replace(new.name_key, ' ', '␠') || '␃', position, 3), ' ') from text_positions where position <= length(new.name_key) + 1)); end;`);
    this.addSql(`create trigger categories_index_delete after delete on categories begin delete from categories_name_key_fts where rowid = old.id; end;`);
    this.addSql(`create trigger categories_index_name_key after update of name_key on categories when new.name_key is not old.name_key begin delete from categories_name_key_fts where rowid = old.id; insert into categories_name_key_fts (rowid, tokens) values (new.id, (select group_concat(substr(replace(new.name_key, ' ', '␠') || '␃', position, 3), ' ') from text_positions where position <= length(new.name_key) + 1)); end;`);
    this.addSql(`create virtual table tags_name_key_fts using fts5(tokens, content='', contentless_delete=1, detail=none, prefix='1 2', tokenize="ascii tokenchars '!""#\$%&''()*+,-./:;<=>?@[\\]^_\`{|}~'");`);
    this.addSql(`insert into tags_name_key_fts (rowid, tokens) select id, (select group_concat(substr(replace(entry.name_key, ' ', '␠') || '␃', position, 3), ' ') from text_positions where position <= length(entry.name_key) + 1) from tags as entry;`);
    this.addSql(`create trigger tags_index_insert after insert on tags begin insert into tags_name_key_fts (rowid, tokens) values (new.id, (select group_concat(substr(replace(new.name_key, ' ', '␠') || '␃', position, 3), ' ') from text_positions where position <= length(new.name_key) + 1)); end;`);
    this.addSql(`create trigger tags_index_delete after delete on tags begin delete from tags_name_key_fts where rowid = old.id; end;`);
    this.addSql(`create trigger tags_index_name_key after update of name_key on tags when new.name_key is not old.name_key begin delete from tags_name_key_fts where rowid = old.id; insert into tags_name_key_fts (rowid, tokens) values (new.id, (select group_concat(substr(replace(new.name_key, ' ', '␠') || '␃', position, 3), ' ') from text_positions where position <= length(new.name_key) + 1)); end;`);
    this.addSql(`create virtual table users_search_key_fts using fts5(tokens, content='', contentless_delete=1, detail=none, prefix='1 2', tokenize="ascii tokenchars '!""#\$%&''()*+,-./:;<=>?@[\\]^_\`{|}~'");`);
    this.addSql(`insert into users_search_key_fts (rowid, tokens) select id, (select group_concat(substr(replace(entry.search_key, ' ', '␠') || '␃', position, 3), ' ') from text_positions where position <= length(entry.search_key) + 1) from users as entry;`);
    this.addSql(`create trigger users_index_insert after insert on users begin insert into users_search_key_fts (rowid, tokens) values (new.id, (select group_concat(substr(replace(new.search_key, ' ', '␠') || '␃', position, 3), ' ') from text_positions where position <= length(new.search_key) + 1)); end;`);
    this.addSql(`create trigger users_index_delete after delete on users begin delete from users_search_key_fts where rowid = old.id; end;`);
    this.addSql(`create trigger users_index_search_key after update of search_key on users when new.search_key is not old.search_key begin delete from users_search_key_fts where rowid = old.id; insert into users_search_key_fts (rowid, tokens) values (new.id, (select group_concat(substr(replace(new.search_key, ' ', '␠') || '␃', position, 3), ' ') from text_positions where position <= length(new.search_key) + 1)); end;`);
    this.addSql(`create trigger products_count_insert after insert on products when new.category_id is not null begin update categories set product_count = product_count + 1, active_product_count = active_product_count + new.is_active where id = new.category_id; end;`);
    this.addSql(`create trigger products_count_delete before delete on products begin update categories set product_count = product_count + -1, active_product_count = active_product_count + -old.is_active where id = old.category_id; update tags set active_product_count = active_product_count - old.is_active where id in (select tag_id from product_tags where product_id = old.id); end;`);
    this.addSql(`create trigger products_count_update after update of category_id, is_active on products when new.category_id is not old.category_id or new.is_active is not old.is_active begin update categories set product_count = product_count + -1, active_product_count = active_product_count + -old.is_active where id = old.category_id; update categories set product_count = product_count + 1, active_product_count = active_product_count + new.is_active where id = new.category_id; update tags set active_product_count = active_product_count + new.is_active - old.is_active where new.is_active is not old.is_active and id in (select tag_id from product_tags where product_id = new.id); end;`);
    this.addSql(`create trigger product_tags_count_insert after insert on product_tags begin update tags set product_count = product_count + 1, active_product_count = active_product_count + coalesce((select is_active from products where id = new.product_id), 0) where id = new.tag_id; end;`);
    this.addSql(`create trigger product_tags_count_delete after delete on product_tags begin update tags set product_count = product_count + -1, active_product_count = active_product_count + -coalesce((select is_active from products where id = old.product_id), 0) where id = old.tag_id; end;`);
    this.addSql(`create trigger product_tags_count_update after update of product_id, tag_id on product_tags begin update tags set product_count = product_count + -1, active_product_count = active_product_count + -coalesce((select is_active from products where id = old.product_id), 0) where id = old.tag_id; update tags set product_count = product_count + 1, active_product_count = active_product_count + coalesce((select is_active from products where id = new.product_id), 0) where id = new.tag_id; end;`);
    this.addSql(`update categories set product_count = (select count(*) from products where category_id = categories.id), active_product_count = (select count(*) from products where category_id = categories.id and is_active);`);
    this.addSql(`update tags set product_count = (select count(*) from product_tags where tag_id = tags.id), active_product_count = (select count(*) from product_tags join products on products.id = product_id where tag_id = tags.id and is_active);`);
  }

  override down(): void {
    this.addSql(`drop trigger product_tags_count_update;`);
    this.addSql(`drop trigger product_tags_count_delete;`);
    this.addSql(`drop trigger product_tags_count_insert;`);
    this.addSql(`drop trigger products_count_update;`);
    this.addSql(`drop trigger products_count_delete;`);
    this.addSql(`drop trigger products_count_insert;`);
    this.addSql(`drop trigger users_index_search_key;`);
    this.addSql(`drop trigger users_index_delete;`);
    this.addSql(`drop trigger users_index_insert;`);
    this.addSql(`drop table users_search_key_fts;`);
    this.addSql(`drop trigger tags_index_name_key;`);
    this.addSql(`drop trigger tags_index_delete;`);
    this.addSql(`drop trigger tags_index_insert;`);
    this.addSql(`drop table tags_name_key_fts;`);
    this.addSql(`drop trigger categories_index_name_key;`);
    this.addSql(`drop trigger categories_index_delete;`);
    this.addSql(`drop trigger categories_index_insert;`);
    this.addSql(`drop table categories_name_key_fts;`);
    this.addSql(`drop trigger products_index_search_words;`);
    this.addSql(`drop trigger products_index_name_key;`);
    this.addSql(`drop trigger products_index_delete;`);
    this.addSql(`drop trigger products_index_insert;`);
    this.addSql(`drop table products_search_words_fts;`);
    this.addSql(`drop table products_name_key_fts;`);
    this.addSql(`drop index users_inactive_index;`);
    this.addSql(`drop index products_inactive_index;`);
    this.addSql(`drop index products_search_words_missing;`);
    this.addSql(`drop table text_positions;`);
    this.addSql(`alter table "categories" drop column "product_count";`);
    this.addSql(`alter table "categories" drop column "active_product_count";`);
    this.addSql(`drop index "products_category_price_index";`);
    this.addSql(`alter table "products" drop column "search_words";`);
    this.addSql(`alter table "tags" drop column "product_count";`);
    this.addSql(`alter table "tags" drop column "active_product_count";`);
    this.addSql(`drop index "users_age_index";`);
    this.addSql(`drop index "users_role_index";`);
  }
}
