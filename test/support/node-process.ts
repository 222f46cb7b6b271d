import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestDatabase } from './database.js';

/** What a process of a test's knows of this one's environment. What Node compiles, it keeps for all of them. */
export const ENVIRONMENT = {
  PATH: process.env.PATH,
  NO_COLOR: '1',
  NODE_COMPILE_CACHE: join(process.cwd(), 'node_modules/.cache/catalog'),
};

/** How a process ended. */
export interface Ended {
  /** null where a signal ended it. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A process that runs, and what it has said so far. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when standard output and standard error have said something, and fails if the process ends before. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
}

/** Starts Node on a database. */
export function startNode(
  args: readonly string[],
  database: TestDatabase,
  environment: Record<string, string> = {},
): Running {
  return start(process.execPath, args, { DATABASE_URL: database.url, ...environment });
}

/** The same until its end. */
export function runNode(
  args: readonly string[],
  database: TestDatabase,
  environment: Record<string, string> = {},
): Promise<Ended> {
  return startNode(args, database, environment).ended;
}

/** Starts a command, with nothing on standard input unless some is given, and only this environment. */
export function start(
  command: string,
  args: readonly string[],
  environment: Record<string, string>,
  input = '',
): Running {
  const child = spawn(command, args, { env: { ...ENVIRONMENT, ...environment } });
  let [out, err] = ['', ''];
  const said = new Set<() => void>();
  const tell = () => [...said].forEach((listener) => listener());
  child.stdout.on('data', (text) => ((out += String(text)), tell()));
  child.stderr.on('data', (text) => ((err += String(text)), tell()));
  // A process that ends before it has read all is none of the test's business.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, out, err }));
  const says = (pattern: RegExp) =>
    new Promise<RegExpExecArray>((resolve, reject) => {
      const look = () => {
        const match = pattern.exec(out + err);
        if (!match) return;
        said.delete(look);
        resolve(match);
      };
      said.add(look);
      look();
      void ended.then(() => reject(new Error(`It ended without saying ${pattern}:\n${out}${err}`)));
    });
  return { child, ended, says };
}
