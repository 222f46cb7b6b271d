import { Migration } from '@mikro-orm/migrations';

export class Migration20261125205048_cheaper_triggers extends Migration {
  override name = 'Migration20261125205048_cheaper_triggers';

  override up(): void {
    // Nothing to do on this database.
  }

  override down(): void {
    // Nothing to do on this database.
  }
}
