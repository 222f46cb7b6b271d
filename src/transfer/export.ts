import { sql } from 'kysely';
import type { Config } from '../config.js';
import type { Database } from '../database/database.js';
import type { Dialect, Sql } from '../database/dialect.js';
import { readSnapshot, type SnapshotQuery } from '../database/snapshot.js';
import type { Id } from '../shared/id.js';
import { toDecimal } from '../shared/money.js';
import type { Kind } from './records.js';

/** Rows that are read by one statement. */
const PAGE_SIZE = 1000;

/** What an export needs to know of where it writes to. */
export interface ExportTarget {
  /** Takes text; it may keep the export waiting. */
  write(text: string): Promise<void>;
  /** After each page. */
  onProgress?(written: number, total: number): void;
}

/**
 * Writes the whole catalogue and its users as NDJSON, as it is at one moment: categories, each behind its parent, then
 * tags, products and users, in the order of their ids. Password hashes stay where they are.
 * @returns how many entries
 */
export function exportCatalogue(config: Config, database: Database, target: ExportTarget): Promise<number> {
  return readSnapshot(config.database, database, async (query) => {
    const total = await countEntries(query);
    let written = 0;
    for (const list of LISTS) {
      for await (const rows of readPages(query, list, database.dialect)) {
        await target.write(rows.map((row) => `${JSON.stringify(list.toLine(row))}\n`).join(''));
        written += rows.length;
        target.onProgress?.(written, total);
      }
    }
    return written;
  });
}

async function countEntries(query: SnapshotQuery): Promise<number> {
  const counts = LISTS.map(({ table }) => sql`(select count(*) from ${sql.table(table)})`);
  const [row] = await query<{ total: number | string }>(sql`select ${sql.join(counts, sql` + `)} as total`);
  return Number(row?.total);
}

/** A row as the database hands it out. */
type ReadRow = Record<string, unknown> & { id: Id; level?: number };

/** One kind of entries. */
interface List {
  table: string;
  /** What they are ordered by in front of the id. */
  level?: Sql;
  columns(dialect: Dialect): Sql;
  toLine(row: ReadRow): object;
}

async function* readPages(query: SnapshotQuery, list: List, dialect: Dialect): AsyncGenerator<ReadRow[]> {
  const order = list.level ? sql`${list.level}, entry.id` : sql`entry.id`;
  const limit = dialect.bind(PAGE_SIZE, 'integer');
  let last: ReadRow | undefined;
  do {
    const rows: ReadRow[] = await query(
      sql`select entry.id, entry.version, ${instant('created_at', dialect)}, ${instant('updated_at', dialect)}, ${list.columns(dialect)} from ${sql.table(list.table)} as entry where ${behind(last, list, dialect)} order by ${order} limit ${limit}`,
    );
    if (rows.length > 0) yield rows;
    last = rows.length < PAGE_SIZE ? undefined : rows.at(-1);
  } while (last);
}

const instant = (column: string, dialect: Dialect) =>
  sql`${dialect.instantText(sql.ref(`entry.${column}`))} as ${sql.ref(column)}`;

function behind(last: ReadRow | undefined, { level }: List, dialect: Dialect): Sql {
  const id = dialect.bind(last?.id ?? 0, 'integer');
  if (!level) return sql`entry.id > ${id}`;
  return sql`(${level}, entry.id) > (${dialect.bind(last?.level ?? 0, 'integer')}, ${id})`;
}

const toLineOf = (type: Kind, { id, slug, version, created_at, updated_at }: ReadRow, fields: object) => ({
  type,
  id,
  slug,
  ...fields,
  version,
  createdAt: created_at,
  updatedAt: updated_at,
});

// An ancestor path grows with each level.
const LEVEL = sql`length(entry.ancestor_path) - length(replace(entry.ancestor_path, '/', ''))`;

const slugOf = (table: string, key: string) =>
  sql`(select linked.slug from ${sql.table(table)} as linked where linked.id = ${sql.ref(`entry.${key}`)})`;

const LISTS: readonly List[] = [
  {
    table: 'categories',
    level: LEVEL,
    columns: () => sql`${LEVEL} as level, slug, name, is_active, ${slugOf('categories', 'parent_id')} as parent`,
    toLine: (row) =>
      toLineOf('category', row, { name: row.name, parent: row.parent, isActive: Boolean(row.is_active) }),
  },
  { table: 'tags', columns: () => sql`slug, name`, toLine: (row) => toLineOf('tag', row, { name: row.name }) },
  {
    table: 'products',
    columns: (dialect) =>
      sql`slug, name, description, image_url, price_shmeckles, price_flurbos, stock, rating, is_active, ${slugOf('categories', 'category_id')} as category, (select ${dialect.jsonArrayOf(sql.ref('tags.slug'))} from product_tags join tags on tags.id = product_tags.tag_id where product_tags.product_id = entry.id) as tags`,
    toLine: toProductLine,
  },
  {
    table: 'users',
    columns: () => sql`slug, username, first_name, last_name, age, role, is_active`,
    toLine: toUserLine,
  },
];

function toProductLine(row: ReadRow): object {
  const tags = (typeof row.tags === 'string' ? JSON.parse(row.tags) : row.tags) as string[];
  return toLineOf('product', row, {
    name: row.name,
    description: row.description,
    imageUrl: row.image_url,
    priceShmeckles: toDecimal(Number(row.price_shmeckles)),
    priceFlurbos: toDecimal(Number(row.price_flurbos)),
    stock: row.stock,
    rating: row.rating,
    isActive: Boolean(row.is_active),
    category: row.category,
    tags: tags.sort(),
  });
}

function toUserLine(row: ReadRow): object {
  return toLineOf('user', row, {
    username: row.username,
    firstName: row.first_name,
    lastName: row.last_name,
    age: row.age,
    role: row.role,
    isActive: Boolean(row.is_active),
  });
}
