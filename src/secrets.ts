import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Config } from './config.js';
import { ensureFolder, IN_MEMORY } from './database/sqlite.js';

/**
 * The administrator's token: the configured one; else, outside production, one that is made and kept beside the
 * database file. undefined where there is neither: then nobody may write.
 */
export function adminTokenOf(config: Config): string | undefined {
  if (config.adminToken !== undefined || config.isProduction || config.database.kind !== 'sqlite')
    return config.adminToken;
  const { path } = config.database;
  return path === IN_MEMORY ? makeToken() : keepToken(adminTokenFile(path));
}

/** Where the made token is kept. */
const adminTokenFile = (databasePath: string): string => `${databasePath}.admin-token`;

const makeToken = () => randomBytes(24).toString('base64url');

function keepToken(file: string): string {
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  ensureFolder(file);
  const token = makeToken();
  writeFileSync(file, `${token}\n`, { mode: 0o600 });
  return token;
}
