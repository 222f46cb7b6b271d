import { Migration } from '@mikro-orm/migrations';

export class Migration20261125194520_share_limits extends Migration {
  override name = 'Migration20261125194520_share_limits';

  override up(): void {
    this.addSql(`create unlogged table rate_limits (key text collate "C" primary key, points int not null, expire bigint not null);`);
    this.addSql(`create index rate_limits_expire_index on rate_limits (expire);`);
  }

  override down(): void {
    this.addSql(`drop index rate_limits_expire_index;`);
    this.addSql(`drop table rate_limits;`);
  }
}
