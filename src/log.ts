import { createRequire } from 'node:module';
import { type Logger, pino } from 'pino';
import type { build } from 'pino-pretty';
import type { Config } from './config.js';

// What must not be read in a log, should an object that holds it ever get there.
const SECRETS = ['authorization', '*.authorization', '*.password', '*.token'];

/** The log of the process on standard output: JSON lines, or lines for a person on a terminal. */
export function createLog({ logLevel }: Pick<Config, 'logLevel'>): Logger {
  const options = { level: logLevel, base: undefined, redact: SECRETS };
  return process.stdout.isTTY ? pino(options, prettyStream()) : pino(options);
}

/** Loaded where it is used: a start has better things to do. */
function prettyStream() {
  const pretty = createRequire(import.meta.url)('pino-pretty') as { build: typeof build };
  return pretty.build({ singleLine: true });
}
