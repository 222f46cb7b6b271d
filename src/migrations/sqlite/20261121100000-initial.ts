import { Migration } from '@mikro-orm/migrations';

export class Migration20261121100000_initial extends Migration {

  override name = 'Migration20261121100000_initial';
  readonly loses = { down: ['sessions', 'product_tags', 'products', 'tags', 'categories', 'users'] };

  override up(): void | Promise<void> {
    this.addSql(`create table \`categories\` (\`id\` integer not null primary key autoincrement, \`version\` integer not null default 1, \`created_at\` datetime not null, \`updated_at\` datetime not null, \`name\` text not null, \`name_key\` text not null, \`slug\` text not null, \`is_active\` integer not null default true, \`parent_id\` integer null, \`ancestor_path\` text not null, \`is_visible\` integer not null, constraint \`categories_parent_id_foreign\` foreign key (\`parent_id\`) references \`categories\` (\`id\`) on update cascade on delete no action);`);
    this.addSql(`create unique index \`categories_slug_unique\` on \`categories\` (\`slug\`);`);
    this.addSql(`create index \`categories_created_at_index\` on \`categories\` (\`created_at\`, \`id\`);`);
    this.addSql(`create index \`categories_name_index\` on \`categories\` (\`name_key\`, \`id\`);`);
    this.addSql(`create index \`categories_parent_name_index\` on \`categories\` (\`parent_id\`, \`name_key\`, \`id\`);`);
    this.addSql(`create unique index \`categories_ancestor_path_name_unique\` on \`categories\` (\`ancestor_path\`, \`name\`);`);

    this.addSql(`create table \`products\` (\`id\` integer not null primary key autoincrement, \`version\` integer not null default 1, \`created_at\` datetime not null, \`updated_at\` datetime not null, \`name\` text not null, \`name_key\` text not null, \`slug\` text not null, \`description\` text null, \`image_url\` text null, \`price_shmeckles\` bigint not null, \`price_flurbos\` bigint not null, \`stock\` integer not null default 0, \`rating\` double null, \`rating_key\` double not null, \`is_active\` integer not null default true, \`category_id\` integer null, constraint \`products_category_id_foreign\` foreign key (\`category_id\`) references \`categories\` (\`id\`) on update cascade on delete set null, constraint \`products_rating_check\` check (rating >= 0 and rating <= 5), constraint \`products_stock_check\` check (stock >= 0), constraint \`products_price_flurbos_check\` check (price_flurbos >= 0), constraint \`products_price_shmeckles_check\` check (price_shmeckles >= 0));`);
    this.addSql(`create unique index \`products_slug_unique\` on \`products\` (\`slug\`);`);
    this.addSql(`create index \`products_category_index\` on \`products\` (\`category_id\`, \`id\`);`);
    this.addSql(`create index \`products_updated_at_index\` on \`products\` (\`updated_at\`, \`id\`);`);
    this.addSql(`create index \`products_created_at_index\` on \`products\` (\`created_at\`, \`id\`);`);
    this.addSql(`create index \`products_stock_index\` on \`products\` (\`stock\`, \`id\`);`);
    this.addSql(`create index \`products_rating_index\` on \`products\` (\`rating_key\`, \`id\`);`);
    this.addSql(`create index \`products_price_flurbos_index\` on \`products\` (\`price_flurbos\`, \`id\`);`);
    this.addSql(`create index \`products_price_shmeckles_index\` on \`products\` (\`price_shmeckles\`, \`id\`);`);
    this.addSql(`create index \`products_name_index\` on \`products\` (\`name_key\`, \`id\`);`);

    this.addSql(`create table \`tags\` (\`id\` integer not null primary key autoincrement, \`version\` integer not null default 1, \`created_at\` datetime not null, \`updated_at\` datetime not null, \`name\` text not null, \`name_key\` text not null, \`slug\` text not null);`);
    this.addSql(`create unique index \`tags_slug_unique\` on \`tags\` (\`slug\`);`);
    this.addSql(`create index \`tags_created_at_index\` on \`tags\` (\`created_at\`, \`id\`);`);
    this.addSql(`create unique index \`tags_name_key_unique\` on \`tags\` (\`name_key\`);`);

    this.addSql(`create table \`product_tags\` (\`product_id\` integer not null, \`tag_id\` integer not null, primary key (\`product_id\`, \`tag_id\`), constraint \`product_tags_product_id_foreign\` foreign key (\`product_id\`) references \`products\` (\`id\`) on update cascade on delete cascade, constraint \`product_tags_tag_id_foreign\` foreign key (\`tag_id\`) references \`tags\` (\`id\`) on update cascade on delete cascade);`);
    this.addSql(`create index \`product_tags_tag_index\` on \`product_tags\` (\`tag_id\`, \`product_id\`);`);

    this.addSql(`create table \`users\` (\`id\` integer not null primary key autoincrement, \`version\` integer not null default 1, \`created_at\` datetime not null, \`updated_at\` datetime not null, \`username\` text not null, \`username_key\` text not null, \`slug\` text not null, \`first_name\` text not null, \`last_name\` text not null, \`search_key\` text not null, \`last_name_key\` text not null, \`age\` integer null, \`role\` text check (\`role\` in ('USER', 'CASHIER', 'ADMIN')) not null default 'USER', \`is_active\` integer not null default true, \`password_hash\` text null, constraint \`users_age_check\` check (age >= 0 and age <= 150));`);
    this.addSql(`create unique index \`users_slug_unique\` on \`users\` (\`slug\`);`);
    this.addSql(`create index \`users_created_at_index\` on \`users\` (\`created_at\`, \`id\`);`);
    this.addSql(`create index \`users_last_name_index\` on \`users\` (\`last_name_key\`, \`id\`);`);
    this.addSql(`create unique index \`users_username_key_unique\` on \`users\` (\`username_key\`);`);

    this.addSql(`create table \`sessions\` (\`id\` integer not null primary key autoincrement, \`user_id\` integer not null, \`created_at\` datetime not null, \`last_used_at\` datetime not null, \`expires_at\` datetime not null, \`user_agent\` text null, \`family_hash\` text not null, \`secret_hash\` text not null, \`previous_secret_hash\` text null, \`salt\` text null, constraint \`sessions_user_id_foreign\` foreign key (\`user_id\`) references \`users\` (\`id\`) on update cascade on delete cascade);`);
    this.addSql(`create unique index \`sessions_family_hash_unique\` on \`sessions\` (\`family_hash\`);`);
    this.addSql(`create index \`sessions_expires_at_index\` on \`sessions\` (\`expires_at\`);`);
    this.addSql(`create index \`sessions_user_index\` on \`sessions\` (\`user_id\`, \`id\`);`);
  }

  override down(): void | Promise<void> {
    this.addSql(`drop table \`sessions\`;`);
    this.addSql(`drop table \`product_tags\`;`);
    this.addSql(`drop table \`products\`;`);
    this.addSql(`drop table \`tags\`;`);
    this.addSql(`drop table \`categories\`;`);
    this.addSql(`drop table \`users\`;`);
  }
}
