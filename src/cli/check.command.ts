import { Command } from 'commander';
import type { Config } from '../config.js';
import type { Database } from '../database/database.js';
import { DERIVED_CHECKS, type DerivedCheck } from '../derived/derived-checks.js';
import type { CheckOptions, CheckOutcome } from '../derived/wrong.js';
import { findWrongCounts, repairCounts, type WrongCount } from '../product/check-counts.js';
import { createProgress } from './progress.js';
import { withDatabase } from './with-database.js';

/** `catalog check`: whether what is derived is what it is derived from. */
export const checkCommand = new Command('check')
  .description(
    "Computes anew what is derived: numbers of products, categories' paths, names without case, search words and " +
      'what the search index has of them; ends with 1 where something is wrong.',
  )
  .option('--repair', 'writes anew what is wrong', false)
  .action(({ repair }: { repair: boolean }) => withDatabase((database, config) => check(config, database, repair)));

const CHECKS: readonly DerivedCheck[] = [{ label: 'numbers of products', run: checkCounts }, ...DERIVED_CHECKS];

async function check({ database: settings }: Config, database: Database, repairs: boolean): Promise<void> {
  let [found, left] = [0, 0];
  for (const { label, run } of CHECKS) {
    const progress = createProgress(label);
    const told = new Told();
    const outcome = await run(settings, database, {
      repairs,
      onWrong: (message) => told.add(message),
      onProgress: (done, total) => progress.update(done, total, done),
    });
    progress.stop();
    told.print();
    found += outcome.found;
    left += outcome.left;
  }
  const repaired = found - left;
  if (found === 0)
    console.log(
      'All that is derived is right: numbers of products, category paths, categories of tags, names, words, search index.',
    );
  if (repaired > 0) console.log(`Repaired ${repaired}.`);
  if (left > 0) process.exitCode = 1;
}

const MOST_TOLD = 20;

/** What is wrong, the first of each kind: where all is, a line for each says no more. */
class Told {
  private readonly messages: string[] = [];
  private more = 0;

  add(message: string): void {
    if (this.messages.length < MOST_TOLD) this.messages.push(message);
    else this.more += 1;
  }

  print(): void {
    for (const message of this.messages) console.log(message);
    if (this.more > 0) console.log(`… and ${this.more} more`);
  }
}

const WORDS = { product_count: 'products', active_product_count: 'active products' } as const;

async function checkCounts(
  settings: Config['database'],
  database: Database,
  options: CheckOptions,
): Promise<CheckOutcome> {
  const wrong = await findWrongCounts(settings, database);
  if (options.repairs && wrong.length > 0) await repairCounts(database);
  for (const count of wrong) options.onWrong(describe(count));
  return { found: wrong.length, left: options.repairs ? 0 : wrong.length };
}

const describe = ({ table, id, slug, column, stored, counted }: WrongCount) =>
  `${slug === null ? 'no category' : `${table} ${id} (${slug})`}: ${stored} ${WORDS[column]}, counted ${counted}`;
