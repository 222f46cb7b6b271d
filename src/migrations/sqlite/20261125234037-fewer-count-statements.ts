import { Migration } from '@mikro-orm/migrations';

export class Migration20261125234037_fewer_count_statements extends Migration {
  override name = 'Migration20261125234037_fewer_count_statements';

  override up(): void {
    // Nothing to do on this database.
  }

  override down(): void {
    // Nothing to do on this database.
  }
}
