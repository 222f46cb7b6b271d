import { sql } from 'kysely';
import type { Config } from '../config.js';
import type { Database } from '../database/database.js';
import { readSnapshot } from '../database/snapshot.js';
import { DERIVED_CHECKS, type DerivedCheck } from '../derived/derived-checks.js';
import { findWrongCounts } from '../product/check-counts.js';
import { type Finding, ok, problem, warning } from './finding.js';

/** Of each table, where not all are counted anew. */
const FEW = 100;

/** Whether what is derived is what it is derived from; @param isFull all of it, which takes its time */
export async function checkDerivedData(config: Config, database: Database, isFull: boolean): Promise<Finding[]> {
  const findings = [await checkCounts(config, database, isFull), await checkWords(config, database)];
  if (isFull) for (const check of DERIVED_CHECKS) findings.push(await checkAnew(check, config, database));
  return findings;
}

async function checkAnew({ label, run }: DerivedCheck, config: Config, database: Database): Promise<Finding> {
  let first = '';
  const { found } = await run(config.database, database, {
    repairs: false,
    onWrong: (message) => (first ||= message),
  });
  if (found === 0) return ok(label, 'all as computed');
  return problem(
    label,
    `${found} are not as computed: ${first}${found > 1 ? ', …' : ''}`,
    'npx catalog check --repair',
  );
}

async function checkCounts({ database: settings }: Config, database: Database, isFull: boolean): Promise<Finding> {
  const wrong = await findWrongCounts(settings, database, isFull ? undefined : FEW);
  if (wrong.length > 0) {
    const message = `${wrong.length} numbers of products are not what counting comes to.`;
    return problem('counts', message, 'Count anew: npx catalog check --repair');
  }
  const which = isFull ? 'all' : `those of the newest ${FEW} categories and tags (--full: all)`;
  return ok('counts', `the numbers of products are right: ${which}`);
}

async function checkWords({ database: settings }: Config, database: Database): Promise<Finding> {
  const rows = await readSnapshot(settings, database, (query) =>
    query<{ found: number | string }>(sql`select count(*) as found from products where search_words is null`),
  );
  const found = Number(rows[0]?.found);
  if (found === 0) return ok('search', 'all products can be found by their words');
  return warning('search', `${found} products have no words to be found by.`, 'A start of the service computes them.');
}
