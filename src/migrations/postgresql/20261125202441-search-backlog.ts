import { Migration } from '@mikro-orm/migrations';

export class Migration20261125202441_search_backlog extends Migration {
  override name = 'Migration20261125202441_search_backlog';

  override up(): void {
    // Nothing to do on this database.
  }

  override down(): void {
    // Nothing to do on this database.
  }
}
