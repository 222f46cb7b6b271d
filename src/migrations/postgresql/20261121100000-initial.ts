import { Migration } from '@mikro-orm/migrations';

export class Migration20261121100000_initial extends Migration {

  override name = 'Migration20261121100000_initial';
  readonly loses = { down: ['sessions', 'product_tags', 'products', 'tags', 'categories', 'users'] };

  override up(): void | Promise<void> {
    this.addSql(`create table "categories" ("id" serial primary key, "version" int not null default 1, "created_at" timestamptz(3) not null, "updated_at" timestamptz(3) not null, "name" text collate "C" not null, "name_key" text collate "C" not null, "slug" text collate "C" not null, "is_active" boolean not null default true, "parent_id" int null, "ancestor_path" text collate "C" not null, "is_visible" boolean not null);`);
    this.addSql(`alter table "categories" add constraint "categories_slug_unique" unique ("slug");`);
    this.addSql(`create index "categories_created_at_index" on "categories" ("created_at", "id");`);
    this.addSql(`create index "categories_name_index" on "categories" ("name_key", "id");`);
    this.addSql(`create index "categories_parent_name_index" on "categories" ("parent_id", "name_key", "id");`);
    this.addSql(`alter table "categories" add constraint "categories_ancestor_path_name_unique" unique ("ancestor_path", "name");`);

    this.addSql(`create table "products" ("id" serial primary key, "version" int not null default 1, "created_at" timestamptz(3) not null, "updated_at" timestamptz(3) not null, "name" text collate "C" not null, "name_key" text collate "C" not null, "slug" text collate "C" not null, "description" text null, "image_url" text null, "price_shmeckles" bigint not null, "price_flurbos" bigint not null, "stock" int not null default 0, "rating" double precision null, "rating_key" double precision not null, "is_active" boolean not null default true, "category_id" int null);`);
    this.addSql(`alter table "products" add constraint "products_slug_unique" unique ("slug");`);
    this.addSql(`create index "products_category_index" on "products" ("category_id", "id");`);
    this.addSql(`create index "products_updated_at_index" on "products" ("updated_at", "id");`);
    this.addSql(`create index "products_created_at_index" on "products" ("created_at", "id");`);
    this.addSql(`create index "products_stock_index" on "products" ("stock", "id");`);
    this.addSql(`create index "products_rating_index" on "products" ("rating_key", "id");`);
    this.addSql(`create index "products_price_flurbos_index" on "products" ("price_flurbos", "id");`);
    this.addSql(`create index "products_price_shmeckles_index" on "products" ("price_shmeckles", "id");`);
    this.addSql(`create index "products_name_index" on "products" ("name_key", "id");`);

    this.addSql(`create table "tags" ("id" serial primary key, "version" int not null default 1, "created_at" timestamptz(3) not null, "updated_at" timestamptz(3) not null, "name" text collate "C" not null, "name_key" text collate "C" not null, "slug" text collate "C" not null);`);
    this.addSql(`alter table "tags" add constraint "tags_slug_unique" unique ("slug");`);
    this.addSql(`create index "tags_created_at_index" on "tags" ("created_at", "id");`);
    this.addSql(`alter table "tags" add constraint "tags_name_key_unique" unique ("name_key");`);

    this.addSql(`create table "product_tags" ("product_id" int not null, "tag_id" int not null, primary key ("product_id", "tag_id"));`);
    this.addSql(`create index "product_tags_tag_index" on "product_tags" ("tag_id", "product_id");`);

    this.addSql(`create table "users" ("id" serial primary key, "version" int not null default 1, "created_at" timestamptz(3) not null, "updated_at" timestamptz(3) not null, "username" text collate "C" not null, "username_key" text collate "C" not null, "slug" text collate "C" not null, "first_name" text not null, "last_name" text not null, "search_key" text collate "C" not null, "last_name_key" text collate "C" not null, "age" int null, "role" text not null default 'USER', "is_active" boolean not null default true, "password_hash" text null);`);
    this.addSql(`alter table "users" add constraint "users_slug_unique" unique ("slug");`);
    this.addSql(`create index "users_created_at_index" on "users" ("created_at", "id");`);
    this.addSql(`create index "users_last_name_index" on "users" ("last_name_key", "id");`);
    this.addSql(`alter table "users" add constraint "users_username_key_unique" unique ("username_key");`);

    this.addSql(`create table "sessions" ("id" serial primary key, "user_id" int not null, "created_at" timestamptz(3) not null, "last_used_at" timestamptz(3) not null, "expires_at" timestamptz(3) not null, "user_agent" text null, "family_hash" text collate "C" not null, "secret_hash" text collate "C" not null, "previous_secret_hash" text collate "C" null, "salt" text collate "C" null);`);
    this.addSql(`alter table "sessions" add constraint "sessions_family_hash_unique" unique ("family_hash");`);
    this.addSql(`create index "sessions_expires_at_index" on "sessions" ("expires_at");`);
    this.addSql(`create index "sessions_user_index" on "sessions" ("user_id", "id");`);

    this.addSql(`alter table "categories" add constraint "categories_parent_id_foreign" foreign key ("parent_id") references "categories" ("id") on update cascade on delete no action;`);

    this.addSql(`alter table "products" add constraint "products_category_id_foreign" foreign key ("category_id") references "categories" ("id") on update cascade on delete set null;`);
    this.addSql(`alter table "products" add constraint "products_rating_check" check (rating >= 0 and rating <= 5);`);
    this.addSql(`alter table "products" add constraint "products_stock_check" check (stock >= 0);`);
    this.addSql(`alter table "products" add constraint "products_price_flurbos_check" check (price_flurbos >= 0);`);
    this.addSql(`alter table "products" add constraint "products_price_shmeckles_check" check (price_shmeckles >= 0);`);

    this.addSql(`alter table "product_tags" add constraint "product_tags_product_id_foreign" foreign key ("product_id") references "products" ("id") on update cascade on delete cascade;`);
    this.addSql(`alter table "product_tags" add constraint "product_tags_tag_id_foreign" foreign key ("tag_id") references "tags" ("id") on update cascade on delete cascade;`);

    this.addSql(`alter table "users" add constraint "users_age_check" check (age >= 0 and age <= 150);`);
    this.addSql(`alter table "users" add constraint "users_role_check" check ("role" in ('USER', 'CASHIER', 'ADMIN'));`);

    this.addSql(`alter table "sessions" add constraint "sessions_user_id_foreign" foreign key ("user_id") references "users" ("id") on update cascade on delete cascade;`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table "sessions";`);
    this.addSql(`drop table "product_tags";`);
    this.addSql(`drop table "products";`);
    this.addSql(`drop table "tags";`);
    this.addSql(`drop table "categories";`);
    this.addSql(`drop table "users";`);
  }
}
