import { Migration } from '@mikro-orm/migrations';

export class Migration20261125195953_uncategorized_count extends Migration {
  override name = 'Migration20261125195953_uncategorized_count';
  readonly loses = { down: ['uncategorized_products'] };

  override up(): void {
    this.addSql(`drop trigger products_count_update;`);
    this.addSql(`drop trigger products_count_delete;`);
    this.addSql(`create table uncategorized_products (id integer primary key check (id = 1), product_count integer not null default 0, active_product_count integer not null default 0);`);
    this.addSql(`insert into uncategorized_products (id) values (1);`);
    this.addSql(`update uncategorized_products set product_count = (select count(*) from products where category_id is null), active_product_count = (select count(*) from products where category_id is null and is_active);`);
    this.addSql(`create trigger products_count_uncategorized after insert on products when new.category_id is null begin update uncategorized_products set product_count = product_count + 1, active_product_count = active_product_count + new.is_active where true; end;`);
    this.addSql(`create trigger products_count_delete before delete on products begin update categories set product_count = product_count + -1, active_product_count = active_product_count + -old.is_active where id = old.category_id; update uncategorized_products set product_count = product_count + -1, active_product_count = active_product_count + -old.is_active where old.category_id is null; update tags set active_product_count = active_product_count - old.is_active where id in (select tag_id from product_tags where product_id = old.id); end;`);
    this.addSql(`create trigger products_count_update after update of category_id, is_active on products when new.category_id is not old.category_id or new.is_active is not old.is_active begin update categories set product_count = product_count + -1, active_product_count = active_product_count + -old.is_active where id = old.category_id; update categories set product_count = product_count + 1, active_product_count = active_product_count + new.is_active where id = new.category_id; update uncategorized_products set product_count = product_count + -1, active_product_count = active_product_count + -old.is_active where old.category_id is null; update uncategorized_products set product_count = product_count + 1, active_product_count = active_product_count + new.is_active where new.category_id is null; update tags set active_product_count = active_product_count + new.is_active - old.is_active where new.is_active is not old.is_active and id in (select tag_id from product_tags where product_id = new.id); end;`);
  }

  override down(): void {
    this.addSql(`drop trigger products_count_update;`);
    this.addSql(`drop trigger products_count_delete;`);
    this.addSql(`drop trigger products_count_uncategorized;`);
    this.addSql(`drop table uncategorized_products;`);
    this.addSql(`create trigger products_count_delete before delete on products begin update categories set product_count = product_count + -1, active_product_count = active_product_count + -old.is_active where id = old.category_id; update tags set active_product_count = active_product_count - old.is_active where id in (select tag_id from product_tags where product_id = old.id); end;`);
    this.addSql(`create trigger products_count_update after update of category_id, is_active on products when new.category_id is not old.category_id or new.is_active is not old.is_active begin update categories set product_count = product_count + -1, active_product_count = active_product_count + -old.is_active where id = old.category_id; update categories set product_count = product_count + 1, active_product_count = active_product_count + new.is_active where id = new.category_id; update tags set active_product_count = active_product_count + new.is_active - old.is_active where new.is_active is not old.is_active and id in (select tag_id from product_tags where product_id = new.id); end;`);
  }
}
