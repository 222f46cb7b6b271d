import { Migration } from '@mikro-orm/migrations';

export class Migration20261125173509_faster_counts extends Migration {
  override name = 'Migration20261125173509_faster_counts';

  override up(): void {
    // Nothing to do on this database.
  }

  override down(): void {
    // Nothing to do on this database.
  }
}
