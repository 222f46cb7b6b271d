import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { TestDatabase } from './database.js';
import { ENVIRONMENT } from './node-process.js';

/** How a run of the command ended. */
interface Ended {
  code: number | null;
  out: string;
  err: string;
}

/** The built command; `npm test` builds it before. */
export const COMMAND = resolve('dist/src/cli/main.js');

/** The `catalog` command as a process of its own, on a database. */
export function startCatalog(
  { url }: TestDatabase,
  args: string[],
  environment: Record<string, string> = {},
): ChildProcess {
  return spawn(process.execPath, [COMMAND, ...args], {
    env: { ...ENVIRONMENT, DATABASE_URL: url, MIGRATE_ON_START: 'true', PORT: '0', ...environment },
  });
}

/** The same until its end, with something on standard input. */
export async function runCatalog(
  database: TestDatabase,
  args: string[],
  input = '',
  environment: Record<string, string> = {},
): Promise<Ended> {
  const child = startCatalog(database, args, environment);
  let [out, err] = ['', ''];
  child.stdout?.on('data', (text) => (out += String(text)));
  child.stderr?.on('data', (text) => (err += String(text)));
  child.stdin?.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, out, err };
}
