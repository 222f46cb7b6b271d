import { Migration } from '@mikro-orm/migrations';

export class Migration20261125202441_search_backlog extends Migration {
  override name = 'Migration20261125202441_search_backlog';
  readonly loses = { down: ['search_backlog'] };

  override up(): void {
    this.addSql(`drop trigger users_index_search_key;`);
    this.addSql(`drop trigger users_index_delete;`);
    this.addSql(`drop trigger users_index_insert;`);
    this.addSql(`drop trigger tags_index_name_key;`);
    this.addSql(`drop trigger tags_index_delete;`);
    this.addSql(`drop trigger tags_index_insert;`);
    this.addSql(`drop trigger categories_index_name_key;`);
    this.addSql(`drop trigger categories_index_delete;`);
    this.addSql(`drop trigger categories_index_insert;`);
    this.addSql(`drop trigger products_index_search_words;`);
    this.addSql(`drop trigger products_index_name_key;`);
    this.addSql(`drop trigger products_index_delete;`);
    this.addSql(`drop trigger products_index_insert;`);
    this.addSql(`create table search_backlog (indexed text not null, id integer not null, primary key (indexed, id)) without rowid;`);
    this.addSql(`create trigger products_index_insert after insert on products begin insert into search_backlog (indexed, id) values ('products_name_key_fts', new.id) on conflict do nothing; insert into search_backlog (indexed, id) values ('products_search_words_fts', new.id) on conflict do nothing; end;`);
    this.addSql(`create trigger products_index_delete after delete on products begin insert into search_backlog (indexed, id) values ('products_name_key_fts', old.id) on conflict do nothing; insert into search_backlog (indexed, id) values ('products_search_words_fts', old.id) on conflict do nothing; end;`);
    this.addSql(`create trigger products_index_id after update of id on products when new.id <> old.id begin insert into search_backlog (indexed, id) values ('products_name_key_fts', old.id) on conflict do nothing; insert into search_backlog (indexed, id) values ('products_search_words_fts', old.id) on conflict do nothing; insert into search_backlog (indexed, id) values ('products_name_key_fts', new.id) on conflict do nothing; insert into search_backlog (indexed, id) values ('products_search_words_fts', new.id) on conflict do nothing; end;`);
    this.addSql(`create trigger products_index_name_key after update of name_key on products when new.name_key is not old.name_key begin insert into search_backlog (indexed, id) values ('products_name_key_fts', new.id) on conflict do nothing; end;`);
    this.addSql(`create trigger products_index_search_words after update of search_words on products when new.search_words is not old.search_words begin insert into search_backlog (indexed, id) values ('products_search_words_fts', new.id) on conflict do nothing; end;`);
    this.addSql(`create trigger categories_index_insert after insert on categories begin insert into search_backlog (indexed, id) values ('categories_name_key_fts', new.id) on conflict do nothing; end;`);
    this.addSql(`create trigger categories_index_delete after delete on categories begin insert into search_backlog (indexed, id) values ('categories_name_key_fts', old.id) on conflict do nothing; end;`);
    this.addSql(`create trigger categories_index_id after update of id on categories when new.id <> old.id begin insert into search_backlog (indexed, id) values ('categories_name_key_fts', old.id) on conflict do nothing; insert into search_backlog (indexed, id) values ('categories_name_key_fts', new.id) on conflict do nothing; end;`);
    this.addSql(`create trigger categories_index_name_key after update of name_key on categories when new.name_key is not old.name_key begin insert into search_backlog (indexed, id) values ('categories_name_key_fts', new.id) on conflict do nothing; end;`);
    this.addSql(`create trigger tags_index_insert after insert on tags begin insert into search_backlog (indexed, id) values ('tags_name_key_fts', new.id) on conflict do nothing; end;`);
    this.addSql(`create trigger tags_index_delete after delete on tags begin insert into search_backlog (indexed, id) values ('tags_name_key_fts', old.id) on conflict do nothing; end;`);
    this.addSql(`create trigger tags_index_id after update of id on tags when new.id <> old.id begin insert into search_backlog (indexed, id) values ('tags_name_key_fts', old.id) on conflict do nothing; insert into search_backlog (indexed, id) values ('tags_name_key_fts', new.id) on conflict do nothing; end;`);
    this.addSql(`create trigger tags_index_name_key after update of name_key on tags when new.name_key is not old.name_key begin insert into search_backlog (indexed, id) values ('tags_name_key_fts', new.id) on conflict do nothing; end;`);
    this.addSql(`create trigger users_index_insert after insert on users begin insert into search_backlog (indexed, id) values ('users_search_key_fts', new.id) on conflict do nothing; end;`);
    this.addSql(`create trigger users_index_delete after delete on users begin insert into search_backlog (indexed, id) values ('users_search_key_fts', old.id) on conflict do nothing; end;`);
    this.addSql(`create trigger users_index_id after update of id on users when new.id <> old.id begin insert into search_backlog (indexed, id) values ('users_search_key_fts', old.id) on conflict do nothing; insert into search_backlog (indexed, id) values ('users_search_key_fts', new.id) on conflict do nothing; end;`);
    this.addSql(`create trigger users_index_search_key after update of search_key on users when new.search_key is not old.search_key begin insert into search_backlog (indexed, id) values ('users_search_key_fts', new.id) on conflict do nothing; end;`);
  }

  override down(): void {
    // The triggers from before know nothing of what is still noted.
    this.addSql(`delete from products_name_key_fts where rowid in (select id from search_backlog where indexed = 'products_name_key_fts');`);
    this.addSql(`insert into products_name_key_fts (rowid, tokens) select entry.id, (with whole(entry) as materialized (select replace(entry.name_key, ' ', '␠') || '␃') select group_concat(substr(entry, position, 3), ' ') from whole, text_positions where position <= length(entry.name_key) + 1) from (select id from search_backlog where indexed = 'products_name_key_fts') as noted cross join products as entry on entry.id = noted.id;`);
    this.addSql(`delete from search_backlog where indexed = 'products_name_key_fts';`);
    this.addSql(`delete from products_search_words_fts where rowid in (select id from search_backlog where indexed = 'products_search_words_fts');`);
    this.addSql(`insert into products_search_words_fts (rowid, tokens) select entry.id, entry.search_words from (select id from search_backlog where indexed = 'products_search_words_fts') as noted cross join products as entry on entry.id = noted.id;`);
    this.addSql(`delete from search_backlog where indexed = 'products_search_words_fts';`);
    this.addSql(`delete from categories_name_key_fts where rowid in (select id from search_backlog where indexed = 'categories_name_key_fts');`);
    this.addSql(`insert into categories_name_key_fts (rowid, tokens) select entry.id, (with whole(entry) as materialized (select replace(entry.name_key, ' ', '␠') || '␃') select group_concat(substr(entry, position, 3), ' ') from whole, text_positions where position <= length(entry.name_key) + 1) from (select id from search_backlog where indexed = 'categories_name_key_fts') as noted cross join categories as entry on entry.id = noted.id;`);
    this.addSql(`delete from search_backlog where indexed = 'categories_name_key_fts';`);
    this.addSql(`delete from tags_name_key_fts where rowid in (select id from search_backlog where indexed = 'tags_name_key_fts');`);
    this.addSql(`insert into tags_name_key_fts (rowid, tokens) select entry.id, (with whole(entry) as materialized (select replace(entry.name_key, ' ', '␠') || '␃') select group_concat(substr(entry, position, 3), ' ') from whole, text_positions where position <= length(entry.name_key) + 1) from (select id from search_backlog where indexed = 'tags_name_key_fts') as noted cross join tags as entry on entry.id = noted.id;`);
    this.addSql(`delete from search_backlog where indexed = 'tags_name_key_fts';`);
    this.addSql(`delete from users_search_key_fts where rowid in (select id from search_backlog where indexed = 'users_search_key_fts');`);
    this.addSql(`insert into users_search_key_fts (rowid, tokens) select entry.id, (with whole(entry) as materialized (select replace(entry.search_key, ' ', '␠') || '␃') select group_concat(substr(entry, position, 3), ' ') from whole, text_positions where position <= length(entry.search_key) + 1) from (select id from search_backlog where indexed = 'users_search_key_fts') as noted cross join users as entry on entry.id = noted.id;`);
    this.addSql(`delete from search_backlog where indexed = 'users_search_key_fts';`);
    this.addSql(`drop trigger users_index_search_key;`);
    this.addSql(`drop trigger users_index_id;`);
    this.addSql(`drop trigger users_index_delete;`);
    this.addSql(`drop trigger users_index_insert;`);
    this.addSql(`drop trigger tags_index_name_key;`);
    this.addSql(`drop trigger tags_index_id;`);
    this.addSql(`drop trigger tags_index_delete;`);
    this.addSql(`drop trigger tags_index_insert;`);
    this.addSql(`drop trigger categories_index_name_key;`);
    this.addSql(`drop trigger categories_index_id;`);
    this.addSql(`drop trigger categories_index_delete;`);
    this.addSql(`drop trigger categories_index_insert;`);
    this.addSql(`drop trigger products_index_search_words;`);
    this.addSql(`drop trigger products_index_name_key;`);
    this.addSql(`drop trigger products_index_id;`);
    this.addSql(`drop trigger products_index_delete;`);
    this.addSql(`drop trigger products_index_insert;`);
    this.addSql(`drop table search_backlog;`);
    this.addSql(`create trigger products_index_insert after insert on products begin insert into products_name_key_fts (rowid, tokens) values (new.id, (select group_concat(substr(replace(new.name_key, ' ', '␠') || '␃', position, 3), ' ') from text_positions where position <= length(new.name_key) + 1)); insert into products_search_words_fts (rowid, tokens) values (new.id, new.search_words); end;`);
    this.addSql(`create trigger products_index_delete after delete on products begin delete from products_name_key_fts where rowid = old.id; delete from products_search_words_fts where rowid = old.id; end;`);
    this.addSql(`create trigger products_index_name_key after update of name_key on products when new.name_key is not old.name_key begin delete from products_name_key_fts where rowid = old.id; insert into products_name_key_fts (rowid, tokens) values (new.id, (select group_concat(substr(replace(new.name_key, ' ', '␠') || '␃', position, 3), ' ') from text_positions where position <= length(new.name_key) + 1)); end;`);
    this.addSql(`create trigger products_index_search_words after update of search_words on products when new.search_words is not old.search_words begin delete from products_search_words_fts where rowid = old.id; insert into products_search_words_fts (rowid, tokens) values (new.id, new.search_words); end;`);
    this.addSql(`create trigger categories_index_insert after insert on categories begin insert into categories_name_key_fts (rowid, tokens) values (new.id, (select group_concat(substr(replace(new.name_key, ' ', '␠') || '␃', position, 3), ' ') from text_positions where position <= length(new.name_key) + 1)); end;`);
    this.addSql(`create trigger categories_index_delete after delete on categories begin delete from categories_name_key_fts where rowid = old.id; end;`);
    this.addSql(`create trigger categories_index_name_key after update of name_key on categories when new.name_key is not old.name_key begin delete from categories_name_key_fts where rowid = old.id; insert into categories_name_key_fts (rowid, tokens) values (new.id, (select group_concat(substr(replace(new.name_key, ' ', '␠') || '␃', position, 3), ' ') from text_positions where position <= length(new.name_key) + 1)); end;`);
    this.addSql(`create trigger tags_index_insert after insert on tags begin insert into tags_name_key_fts (rowid, tokens) values (new.id, (select group_concat(substr(replace(new.name_key, ' ', '␠') || '␃', position, 3), ' ') from text_positions where position <= length(new.name_key) + 1)); end;`);
    this.addSql(`create trigger tags_index_delete after delete on tags begin delete from tags_name_key_fts where rowid = old.id; end;`);
    this.addSql(`create trigger tags_index_name_key after update of name_key on tags when new.name_key is not old.name_key begin delete from tags_name_key_fts where rowid = old.id; insert into tags_name_key_fts (rowid, tokens) values (new.id, (select group_concat(substr(replace(new.name_key, ' ', '␠') || '␃', position, 3), ' ') from text_positions where position <= length(new.name_key) + 1)); end;`);
    this.addSql(`create trigger users_index_insert after insert on users begin insert into users_search_key_fts (rowid, tokens) values (new.id, (select group_concat(substr(replace(new.search_key, ' ', '␠') || '␃', position, 3), ' ') from text_positions where position <= length(new.search_key) + 1)); end;`);
    this.addSql(`create trigger users_index_delete after delete on users begin delete from users_search_key_fts where rowid = old.id; end;`);
    this.addSql(`create trigger users_index_search_key after update of search_key on users when new.search_key is not old.search_key begin delete from users_search_key_fts where rowid = old.id; insert into users_search_key_fts (rowid, tokens) values (new.id, (select group_concat(substr(replace(new.search_key, ' ', '␠') || '␃', position, 3), ' ') from text_positions where position <= length(new.search_key) + 1)); end;`);
  }
}
