import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type Config, ConfigError } from './config.js';
import { ensureFolder, IN_MEMORY } from './database/sqlite.js';

/**
 * What tokens are signed with: the configured secret; else, outside production, one that is made and kept beside the
 * database file.
 * @throws ConfigError in production
 */
export function authSecretOf({ auth, database, isProduction }: Config): string {
  if (auth.secret !== undefined) return auth.secret;
  if (isProduction)
    throw new ConfigError(['AUTH_SECRET must be set in production: 32 characters or more that nobody can guess']);
  const isFile = database.kind === 'sqlite' && database.path !== IN_MEMORY;
  return isFile ? keepSecret(`${database.path}.auth-secret`) : makeSecret();
}

const makeSecret = () => randomBytes(32).toString('base64url');

function keepSecret(file: string): string {
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  ensureFolder(file);
  const secret = makeSecret();
  writeFileSync(file, `${secret}\n`, { mode: 0o600 });
  return secret;
}
