import { Migration } from '@mikro-orm/migrations';

export class Migration20261125170017_idempotency extends Migration {
  override name = 'Migration20261125170017_idempotency';
  readonly loses = { down: ['kept_answers'] };

  override up(): void {
    this.addSql(`create table "kept_answers" ("key_hash" text not null, "position" integer not null, "created_at" datetime not null, "sealed" text not null, primary key ("key_hash", "position"));`);
    this.addSql(`create index "kept_answers_created_at_index" on "kept_answers" ("created_at");`);
  }

  override down(): void {
    this.addSql(`drop table "kept_answers";`);
  }
}
