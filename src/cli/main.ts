#!/usr/bin/env node
import 'reflect-metadata';
import { Command } from 'commander';
import { ConfigError, loadDotEnv } from '../config.js';
import { StartError } from '../database/open-database.js';
import { CatalogError } from '../errors.js';
import { MigrationError } from '../migrator/migration-error.js';
import { TransferError } from '../transfer/transfer-error.js';
import { checkCommand } from './check.command.js';
import { demoCommand } from './demo.command.js';
import { doctorCommand } from './doctor.command.js';
import { eventsCommand } from './events.command.js';
import { exportCommand } from './export.command.js';
import { importCommand } from './import.command.js';
import { migrateCommand } from './migrate.command.js';
import { noticesCommand } from './notices.command.js';
import { operationsCommand } from './operations.command.js';
import { userCommand } from './user.command.js';
import { webhookCommand } from './webhook.command.js';

/** The `catalog` command: everything about the catalogue that is done in a terminal. */
async function main(): Promise<void> {
  loadDotEnv();
  const program = new Command('catalog')
    .description('Migrates, imports, exports and shows the product catalogue that DATABASE_URL names.')
    .showHelpAfterError();
  for (const command of [
    migrateCommand,
    importCommand,
    exportCommand,
    eventsCommand,
    checkCommand,
    userCommand,
    operationsCommand,
    doctorCommand,
    noticesCommand,
    webhookCommand,
    demoCommand,
  ])
    program.addCommand(command);
  await program.parseAsync();
}

const KNOWN_ERRORS = [ConfigError, StartError, TransferError, MigrationError, CatalogError];

/** Known problems as they are, others with their stack. */
function report(error: unknown): void {
  // Ctrl+C at a question.
  if (error instanceof Error && error.name === 'ExitPromptError') process.exit(130);
  const isKnown = KNOWN_ERRORS.some((known) => error instanceof known);
  console.error(isKnown ? (error as Error).message : error);
  process.exitCode = 1;
}

// Who reads the output may have read enough, as `head` does: no fault of anybody's.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

main().catch(report);
