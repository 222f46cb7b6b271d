import { sql } from 'kysely';
import { boundSql } from '../database/bound-query.js';
import { updateRows } from '../database/bulk-statements.js';
import type { Database } from '../database/database.js';
import { unitOfWork } from '../database/unit-of-work.js';
import type { Id } from '../shared/id.js';
import { searchableWords } from '../shared/search-words.js';

interface Wordless {
  id: Id;
  name: string;
  description: string | null;
}

const BATCH_SIZE = 1000;

/**
 * Computes the words of products that have none: those that were there before products had words, and those that a
 * statement of somebody's own has inserted. No database can do it; a start does. Where there are none left it costs one
 * look into an empty index.
 * @returns how many
 */
export async function fillMissingWords(database: Database): Promise<number> {
  let filled = 0;
  for (let last: Id = 0; ;) {
    const products = await fillBatch(database, last);
    filled += products.length;
    last = products.at(-1)?.id ?? last;
    if (products.length < BATCH_SIZE) return filled;
  }
}

function fillBatch(database: Database, behind: Id): Promise<Wordless[]> {
  const { dialect } = database;
  // The words are those of the name as it stays until the transaction ends.
  const lock = dialect.kind === 'postgresql' ? sql`for update` : sql``;
  const missing = sql`select id, name, description from products where search_words is null and id > ${dialect.bind(behind, 'integer')} order by id limit ${sql.lit(BATCH_SIZE)} ${lock}`;
  return unitOfWork(database, async (em) => {
    const products = await boundSql<Wordless>(em, dialect, missing);
    const rows = products.map(({ id, name, description }) => [id, searchableWords(name, description)]);
    await updateRows(em, dialect, 'products', COLUMNS, rows);
    return products;
  });
}

const COLUMNS = [
  { name: 'id', type: 'int' },
  { name: 'search_words', type: 'text' },
];
