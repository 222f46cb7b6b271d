import { Migration } from '@mikro-orm/migrations';

export class Migration20261125194520_share_limits extends Migration {
  override name = 'Migration20261125194520_share_limits';

  override up(): void {
    // Nothing to do on this database.
  }

  override down(): void {
    // Nothing to do on this database.
  }
}
