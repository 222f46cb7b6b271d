import { type Logger, pino } from 'pino';
import type { Config } from './config.js';

/** The log of the process: JSON lines on standard output. */
export function createLog(config: Pick<Config, 'logLevel'>): Logger {
  return pino({
    level: config.logLevel,
    base: undefined,
    redact: ['authorization', '*.authorization', '*.password', '*.token'],
  });
}
