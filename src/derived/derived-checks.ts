import type { Config } from '../config.js';
import type { Database } from '../database/database.js';
import { checkCategoryPaths } from './category-paths.js';
import { checkDerivedColumns } from './derived-columns.js';
import { checkFullText } from './full-text.js';
import { checkLinkCategories } from './link-categories.js';
import type { CheckOptions, CheckOutcome } from './wrong.js';

/** Whether something that is derived is what it is derived from. */
export interface DerivedCheck {
  /** What is looked at, for people. */
  readonly label: string;
  readonly run: (config: Config['database'], database: Database, options: CheckOptions) => Promise<CheckOutcome>;
}

/** All that is derived but the kept numbers; what comes first is right for what follows. */
export const DERIVED_CHECKS: readonly DerivedCheck[] = [
  { label: 'category paths', run: checkCategoryPaths },
  { label: 'categories of tags', run: checkLinkCategories },
  { label: 'names and words', run: checkDerivedColumns },
  { label: 'search index', run: checkFullText },
];
