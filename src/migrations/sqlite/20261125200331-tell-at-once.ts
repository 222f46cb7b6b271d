import { Migration } from '@mikro-orm/migrations';

export class Migration20261125200331_tell_at_once extends Migration {
  override name = 'Migration20261125200331_tell_at_once';

  override up(): void {
    // Nothing to do on this database.
  }

  override down(): void {
    // Nothing to do on this database.
  }
}
