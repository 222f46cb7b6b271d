import { Migration } from '@mikro-orm/migrations';

export class Migration20261125225226_link_categories extends Migration {
  override name = 'Migration20261125225226_link_categories';
  readonly loses = { down: ['product_tags.category_id'] };

  override up(): void {
    this.addSql(`drop index "product_tags_tag_index";`);
    this.addSql(`alter table "product_tags" add column "category_id" integer null;`);
    this.addSql(`create index "product_tags_tag_category_index" on "product_tags" ("tag_id", "category_id", "product_id");`);
    this.addSql(`create trigger product_tags_category_insert after insert on product_tags when new.category_id is not (select category_id from products where id = new.product_id) begin update product_tags set category_id = (select category_id from products where id = new.product_id) where product_id = new.product_id and tag_id = new.tag_id; end;`);
    this.addSql(`create trigger product_tags_category_update after update of product_id, category_id on product_tags when new.category_id is not (select category_id from products where id = new.product_id) begin update product_tags set category_id = (select category_id from products where id = new.product_id) where product_id = new.product_id and tag_id = new.tag_id; end;`);
    this.addSql(`create trigger products_category_links after update of category_id on products when new.category_id is not old.category_id begin update product_tags set category_id = new.category_id where product_id = new.id; end;`);
    this.addSql(`update product_tags set category_id = (select category_id from products where id = product_id);`);
  }

  override down(): void {
    this.addSql(`drop trigger products_category_links;`);
    this.addSql(`drop trigger product_tags_category_update;`);
    this.addSql(`drop trigger product_tags_category_insert;`);
    this.addSql(`drop index "product_tags_tag_category_index";`);
    this.addSql(`alter table "product_tags" drop column "category_id";`);
    this.addSql(`create index "product_tags_tag_index" on "product_tags" ("tag_id", "product_id");`);
  }
}
