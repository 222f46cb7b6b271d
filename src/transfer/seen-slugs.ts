import Sqlite from 'better-sqlite3';

/**
 * Remembers the slugs of one source. A source may be larger than memory, so they lie in a temporary database of
 * SQLite's, which keeps a few megabytes in memory and removes its file by itself.
 * @see https://www.sqlite.org/inmemorydb.html#temp_db
 */
export class SeenSlugs {
  private readonly database = new Sqlite('');
  private readonly insert: Sqlite.Statement<[string, number]>;
  private readonly lineOf: Sqlite.Statement<[string]>;
  private readonly nextOf: Sqlite.Statement<[string]>;
  private readonly setNext: Sqlite.Statement<[number, string]>;

  constructor() {
    const { database } = this;
    database.pragma('journal_mode = off');
    database.pragma('synchronous = off');
    // next: where to go on looking for a free number behind this slug.
    database.exec(
      'create table seen (slug text primary key, line integer, next integer default 2) without rowid; begin',
    );
    this.insert = database.prepare('insert into seen (slug, line) values (?, ?) on conflict do nothing');
    this.lineOf = database.prepare('select line from seen where slug = ?').pluck();
    this.nextOf = database.prepare('select next from seen where slug = ?').pluck();
    this.setNext = database.prepare('update seen set next = ? where slug = ?');
  }

  /** Notes a slug. @returns the line on which it stood before, or undefined where it is new */
  claim(slug: string, line: number): number | undefined {
    return this.isNew(slug, line) ? undefined : (this.lineOf.get(slug) as number);
  }

  /** The first of `base`, `base-2`, `base-3` that is new: the same for the same source each time. */
  claimNumbered(base: string, line: number): string {
    if (this.isNew(base, line)) return base;
    let number = this.nextOf.get(base) as number;
    while (!this.isNew(`${base}-${number}`, line)) number += 1;
    this.setNext.run(number + 1, base);
    return `${base}-${number}`;
  }

  close(): void {
    this.database.close();
  }

  private isNew(slug: string, line: number): boolean {
    return this.insert.run(slug, line).changes > 0;
  }
}
