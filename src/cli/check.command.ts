import { Command } from 'commander';
import { findWrongCounts, repairCounts, type WrongCount } from '../product/check-counts.js';
import { withDatabase } from './with-database.js';

/** `catalog check`: whether what is derived is what it is derived from. */
export const checkCommand = new Command('check')
  .description('Counts the products of each category and tag anew; ends with 1 where a number is wrong.')
  .option('--repair', 'writes the numbers anew', false)
  .action(check);

const WORDS = { product_count: 'products', active_product_count: 'active products' } as const;

function check({ repair }: { repair: boolean }): Promise<void> {
  return withDatabase(async (database, config) => {
    const wrong = await findWrongCounts(config.database, database);
    for (const count of wrong) console.log(describe(count));
    if (wrong.length === 0) console.log('All numbers of products are right.');
    else if (repair) {
      await repairCounts(database);
      console.log(`Repaired ${wrong.length} ${wrong.length === 1 ? 'number' : 'numbers'}.`);
    } else process.exitCode = 1;
  });
}

const describe = ({ table, id, slug, column, stored, counted }: WrongCount) =>
  `${slug === null ? 'no category' : `${table} ${id} (${slug})`}: ${stored} ${WORDS[column]}, counted ${counted}`;
