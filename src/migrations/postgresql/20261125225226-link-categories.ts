import { Migration } from '@mikro-orm/migrations';

export class Migration20261125225226_link_categories extends Migration {
  override name = 'Migration20261125225226_link_categories';
  readonly loses = { down: ['product_tags.category_id'] };

  override up(): void {
    this.addSql(`drop trigger product_tags_event_update on product_tags;`);
    this.addSql(`drop index "product_tags_tag_index";`);
    this.addSql(`alter table "product_tags" add "category_id" int null;`);
    this.addSql(`create index "product_tags_tag_category_index" on "product_tags" ("tag_id", "category_id", "product_id");`);
    this.addSql(`create or replace function take_category() returns trigger language plpgsql as \$\$
begin
  select category_id into new.category_id from products where id = new.product_id for share;
  return new;
end
\$\$;`);
    this.addSql(`create or replace function move_links() returns trigger language plpgsql as \$\$
begin
  update product_tags set category_id = new.category_id where product_id = new.id;
  return null;
end
\$\$;`);
    this.addSql(`create trigger product_tags_category_insert before insert on product_tags for each row when (new.category_id is null) execute function take_category();`);
    this.addSql(`create trigger product_tags_category_update before update of product_id on product_tags for each row execute function take_category();`);
    this.addSql(`create trigger products_category_links after update of category_id on products for each row when (old.category_id is distinct from new.category_id) execute function move_links();`);
    // No number of products changes: to find that out would lock them all.
    this.addSql(`alter table product_tags disable trigger product_tags_count_update;`);
    this.addSql(`update product_tags set category_id = (select category_id from products where id = product_id);`);
    this.addSql(`alter table product_tags enable trigger product_tags_count_update;`);
    this.addSql(`create constraint trigger product_tags_event_update after update on product_tags deferrable initially deferred for each row when (old.product_id <> new.product_id or old.tag_id <> new.tag_id) execute function write_event_of_link();`);
  }

  override down(): void {
    this.addSql(`drop trigger product_tags_event_update on product_tags;`);
    this.addSql(`drop trigger products_category_links on products;`);
    this.addSql(`drop trigger product_tags_category_update on product_tags;`);
    this.addSql(`drop trigger product_tags_category_insert on product_tags;`);
    this.addSql(`drop function move_links();`);
    this.addSql(`drop function take_category();`);
    this.addSql(`drop index "product_tags_tag_category_index";`);
    this.addSql(`alter table "product_tags" drop column "category_id";`);
    this.addSql(`create index "product_tags_tag_index" on "product_tags" ("tag_id", "product_id");`);
    this.addSql(`create constraint trigger product_tags_event_update after update on product_tags deferrable initially deferred for each row execute function write_event_of_link();`);
  }
}
