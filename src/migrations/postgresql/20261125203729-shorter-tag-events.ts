import { Migration } from '@mikro-orm/migrations';

export class Migration20261125203729_shorter_tag_events extends Migration {
  override name = 'Migration20261125203729_shorter_tag_events';

  override up(): void {
    // Nothing to do on this database.
  }

  override down(): void {
    // Nothing to do on this database.
  }
}
