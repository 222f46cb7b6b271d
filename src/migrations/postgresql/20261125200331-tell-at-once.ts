import { Migration } from '@mikro-orm/migrations';

export class Migration20261125200331_tell_at_once extends Migration {
  override name = 'Migration20261125200331_tell_at_once';

  override up(): void {
    this.addSql(`drop trigger product_tags_event_insert on product_tags;`);
    this.addSql(`drop trigger products_event_insert on products;`);
    this.addSql(`create constraint trigger products_event_insert after insert on products deferrable initially deferred for each row when (current_setting('catalog.told_at_once', true) is distinct from 'on') execute function write_event_of_product();`);
    this.addSql(`create constraint trigger product_tags_event_insert after insert on product_tags deferrable initially deferred for each row when (current_setting('catalog.told_at_once', true) is distinct from 'on') execute function write_event_of_link();`);
  }

  override down(): void {
    this.addSql(`drop trigger product_tags_event_insert on product_tags;`);
    this.addSql(`drop trigger products_event_insert on products;`);
    this.addSql(`create constraint trigger products_event_insert after insert on products deferrable initially deferred for each row execute function write_event_of_product();`);
    this.addSql(`create constraint trigger product_tags_event_insert after insert on product_tags deferrable initially deferred for each row execute function write_event_of_link();`);
  }
}
