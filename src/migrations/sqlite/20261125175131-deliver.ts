import { Migration } from '@mikro-orm/migrations';

export class Migration20261125175131_deliver extends Migration {
  override name = 'Migration20261125175131_deliver';
  readonly loses = { down: ['delivery_channels', 'deliveries', 'webhooks'] };

  override up(): void {
    this.addSql(`create table "delivery_channels" ("name" text not null primary key, "leased_by" text null, "leased_until" datetime null, "paused_after" bigint null);`);
    this.addSql(`create table "deliveries" ("id" integer not null primary key autoincrement, "channel" text not null, "state" text check ("state" in ('GATHERING', 'PENDING', 'DELIVERED', 'DEAD')) not null, "gathers" text null, "first_event_id" bigint not null, "last_event_id" bigint not null, "event_count" integer not null, "body" text not null, "attempts" integer not null default 0, "created_at" datetime not null, "next_attempt_at" datetime not null, "first_attempt_at" datetime null, "sending_at" datetime null, "sent_at" datetime null, "last_error" text null, "last_status" integer null, "last_duration_ms" integer null, "last_answer" text null, constraint "deliveries_channel_foreign" foreign key ("channel") references "delivery_channels" ("name") on update cascade on delete cascade);`);
    this.addSql(`create index "deliveries_state_index" on "deliveries" ("state", "sent_at", "id");`);
    this.addSql(`create index "deliveries_channel_index" on "deliveries" ("channel", "state", "id");`);
    this.addSql(`create table "webhooks" ("id" integer not null primary key autoincrement, "url" text not null, "topics" text not null, "secret" text not null, "created_at" datetime not null, "failing_since" datetime null, "disabled_because" text null);`);
  }

  override down(): void {
    this.addSql(`drop table "delivery_channels";`);
    this.addSql(`drop table "deliveries";`);
    this.addSql(`drop table "webhooks";`);
  }
}
