import { ConfigError } from './config.js';
import { StartError } from './database/open-database.js';
import { CatalogError } from './errors.js';
import { MigrationError } from './migrator/migration-error.js';
import { TransferError } from './transfer/transfer-error.js';

const KNOWN_PROBLEMS = [ConfigError, StartError, TransferError, MigrationError, CatalogError];

/** Tells an operator why the process ends, which fails: known problems as they are, others with their stack. */
export function tellProblem(error: unknown): void {
  const isKnown = KNOWN_PROBLEMS.some((known) => error instanceof known);
  console.error(isKnown ? (error as Error).message : error);
  process.exitCode = 1;
}
