import Sqlite from 'better-sqlite3';

/** Slugs that are remembered in memory, about 100 bytes each; those behind them lie on disk. */
const MOST_IN_MEMORY = 20_000;

/** Where a slug stood first, and where to go on looking for a free number behind it. */
interface Seen {
  line: number;
  next: number;
}

/** Remembers the slugs of one source, which may be larger than memory. */
export class SeenSlugs {
  private readonly inMemory = new Map<string, Seen>();
  private onDisk: SlugsOnDisk | undefined;

  constructor(private readonly mostInMemory = MOST_IN_MEMORY) {}

  /** Notes a slug. @returns the line on which it stood before, or undefined where it is new */
  claim(slug: string, line: number): number | undefined {
    return this.isNew(slug, line) ? undefined : this.find(slug).line;
  }

  /** The first of `base`, `base-2`, `base-3` that is new: the same for the same source each time. */
  claimNumbered(base: string, line: number): string {
    if (this.isNew(base, line)) return base;
    let { next } = this.find(base);
    while (!this.isNew(`${base}-${next}`, line)) next += 1;
    this.setNext(base, next + 1);
    return `${base}-${next}`;
  }

  close(): void {
    this.onDisk?.close();
  }

  private isNew(slug: string, line: number): boolean {
    if (this.inMemory.has(slug)) return false;
    if (this.inMemory.size >= this.mostInMemory) return (this.onDisk ??= new SlugsOnDisk()).add(slug, line);
    this.inMemory.set(slug, { line, next: 2 });
    return true;
  }

  private find(slug: string): Seen {
    return this.inMemory.get(slug) ?? (this.onDisk?.find(slug) as Seen);
  }

  private setNext(slug: string, next: number): void {
    const seen = this.inMemory.get(slug);
    if (seen) seen.next = next;
    else this.onDisk?.setNext(slug, next);
  }
}

/**
 * Slugs in a temporary database of SQLite's, which keeps a few megabytes in memory and removes its file by itself.
 * @see https://www.sqlite.org/inmemorydb.html#temp_db
 */
class SlugsOnDisk {
  private readonly database = new Sqlite('');
  private readonly insert: Sqlite.Statement<[string, number]>;
  private readonly select: Sqlite.Statement<[string]>;
  private readonly update: Sqlite.Statement<[number, string]>;

  constructor() {
    const { database } = this;
    database.pragma('journal_mode = off');
    database.pragma('synchronous = off');
    database.exec(
      'create table seen (slug text primary key, line integer, next integer default 2) without rowid; begin',
    );
    this.insert = database.prepare('insert into seen (slug, line) values (?, ?) on conflict do nothing');
    this.select = database.prepare('select line, next from seen where slug = ?');
    this.update = database.prepare('update seen set next = ? where slug = ?');
  }

  /** @returns whether it is new */
  add(slug: string, line: number): boolean {
    return this.insert.run(slug, line).changes > 0;
  }

  find(slug: string): Seen {
    return this.select.get(slug) as Seen;
  }

  setNext(slug: string, next: number): void {
    this.update.run(next, slug);
  }

  close(): void {
    this.database.close();
  }
}
