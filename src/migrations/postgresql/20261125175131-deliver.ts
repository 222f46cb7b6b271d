import { Migration } from '@mikro-orm/migrations';

export class Migration20261125175131_deliver extends Migration {
  override name = 'Migration20261125175131_deliver';
  readonly loses = { down: ['delivery_channels', 'deliveries', 'webhooks'] };

  override up(): void {
    this.addSql(`create table "delivery_channels" ("name" text collate "C" not null, "leased_by" text null, "leased_until" timestamptz(3) null, "paused_after" bigint null, primary key ("name"));`);
    this.addSql(`create table "deliveries" ("id" bigserial primary key, "channel" text collate "C" not null, "state" text not null, "gathers" text null, "first_event_id" bigint not null, "last_event_id" bigint not null, "event_count" int not null, "body" text not null, "attempts" int not null default 0, "created_at" timestamptz(3) not null, "next_attempt_at" timestamptz(3) not null, "first_attempt_at" timestamptz(3) null, "sending_at" timestamptz(3) null, "sent_at" timestamptz(3) null, "last_error" text null, "last_status" int null, "last_duration_ms" int null, "last_answer" text null);`);
    this.addSql(`create index "deliveries_state_index" on "deliveries" ("state", "sent_at", "id");`);
    this.addSql(`create index "deliveries_channel_index" on "deliveries" ("channel", "state", "id");`);
    this.addSql(`create table "webhooks" ("id" serial primary key, "url" text not null, "topics" text not null, "secret" text not null, "created_at" timestamptz(3) not null, "failing_since" timestamptz(3) null, "disabled_because" text null);`);
    this.addSql(`alter table "deliveries" add constraint "deliveries_channel_foreign" foreign key ("channel") references "delivery_channels" ("name") on update cascade on delete cascade;`);
    this.addSql(`alter table "deliveries" add constraint "deliveries_state_check" check ("state" in ('GATHERING', 'PENDING', 'DELIVERED', 'DEAD'));`);
  }

  override down(): void {
    this.addSql(`alter table "deliveries" drop constraint "deliveries_channel_foreign";`);
    this.addSql(`drop table "delivery_channels";`);
    this.addSql(`drop table "deliveries";`);
    this.addSql(`drop table "webhooks";`);
  }
}
