import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { type Config, ConfigError } from './config.js';
import { ensureFolder, IN_MEMORY } from './database/sqlite.js';

/** @throws ConfigError where a secret must be configured: in production none is made */
export function assertAuthSecret({ auth, isProduction }: Config): void {
  if (auth.secret !== undefined || !isProduction) return;
  throw new ConfigError(['AUTH_SECRET must be set in production: 32 characters or more that nobody can guess']);
}

/** What tokens are signed with: the configured secret, else one that is made and kept beside the database file. */
export function authSecretOf({ auth, database }: Config): string {
  if (auth.secret !== undefined) return auth.secret;
  const isFile = database.kind === 'sqlite' && database.path !== IN_MEMORY;
  return isFile ? keepSecret(`${database.path}.auth-secret`) : makeSecret();
}

const makeSecret = () => randomBytes(32).toString('base64url');

function keepSecret(file: string): string {
  ensureFolder(file);
  try {
    // Only where there is none: of two processes that start at once, one makes it and both read it.
    writeFileSync(file, `${makeSecret()}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFileSync(file, 'utf8').trim();
}
