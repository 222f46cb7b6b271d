import { Migration } from '@mikro-orm/migrations';

export class Migration20261125173326_registered_operations extends Migration {
  override name = 'Migration20261125173326_registered_operations';
  readonly loses = { down: ['registered_operations'] };

  override up(): void {
    this.addSql(`create table "registered_operations" ("id" text not null primary key, "name" text null, "text" text not null, "added_at" datetime not null);`);
  }

  override down(): void {
    this.addSql(`drop table "registered_operations";`);
  }
}
