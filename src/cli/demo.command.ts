import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { Category } from '../category/category.entity.js';
import { type Config, readConfig } from '../config.js';
import type { Database } from '../database/database.js';
import { unitOfWork } from '../database/unit-of-work.js';
import { createLog } from '../log.js';
import { Product } from '../product/product.entity.js';
import { packageFolder } from '../package-folder.js';
import type { RunningServer } from '../server.js';
import { stopOnSignal } from '../stop-on-signal.js';
import { Tag } from '../tag/tag.entity.js';
import { importSources } from '../transfer/import.js';
import { openSource } from '../transfer/source.js';
import { TransferError } from '../transfer/transfer-error.js';
import { Role, User } from '../user/user.entity.js';
import { createUser, getByUsername, prepareUser, setPassword } from '../user/user.writes.js';

/** `catalog demo`: a service with something in it, and how to try it. */
export const demoCommand = new Command('demo')
  .description('Starts the service on a database of its own, data/demo.sqlite, with a catalogue to try it on.')
  .option('--new-password', 'makes another password for the administrator')
  .action(demo);

const ADMIN = { username: 'demo-admin', firstName: 'Demo', lastName: 'Admin', role: Role.ADMIN };

const DEMO_DATABASE = 'sqlite:data/demo.sqlite';

/** Unless the environment says otherwise: a person is to read what the demo says, not a log. */
const DEMO_SETTINGS = { LOG_LEVEL: 'warn', MIGRATE_ON_START: 'true' };

async function demo({ newPassword }: { newPassword?: boolean }): Promise<void> {
  const config = readConfig({
    ...DEMO_SETTINGS,
    ...process.env,
    DATABASE_URL: process.env.DATABASE_URL || DEMO_DATABASE,
  });
  // Loaded here: the other commands need no server, and start in half the time without it.
  const { startServer } = await import('../server.js');
  const server = await startServer(config, createLog(config));
  stopOnSignal(() => server.stop());
  const content = await fill(server.database);
  console.log(introduction(config, server, content, await makeAdmin(server.database, newPassword === true)));
}

/** Loads the catalogue into an empty database. @returns what is there now, in words */
async function fill(database: Database): Promise<string> {
  const found = await count(database);
  if (found.total > 0) return `Found ${found.text} there already`;
  const source = await openSource(join(packageFolder(), 'demo', 'catalogue.ndjson'));
  // All or nothing: a start that is cut short leaves an empty database, which the next start fills.
  const options = { format: 'ndjson', rate: '1', isStrict: true, isDryRun: false } as const;
  const refused: string[] = [];
  const { isKept } = await importSources(database, [source], options, {
    onRefused: (_source, place, { path, message }) => refused.push(`line ${place?.line}: ${path} ${message}`),
  });
  if (!isKept) throw new TransferError(`The demo catalogue was refused:\n${refused.join('\n')}`);
  return `Loaded ${(await count(database)).text}`;
}

async function count(database: Database): Promise<{ total: number; text: string }> {
  const em = database.fork();
  const products = await em.count(Product);
  const categories = await em.count(Category);
  const tags = await em.count(Tag);
  const users = await em.count(User);
  return {
    total: products + categories + tags + users,
    text: `${products} products, ${categories} categories, ${tags} tags and ${users} users`,
  };
}

function introduction(
  { database }: Config,
  { url }: RunningServer,
  content: string,
  password: string | undefined,
): string {
  const where = database.kind === 'sqlite' ? resolve(database.path) : `the PostgreSQL database of DATABASE_URL`;
  return [
    `The catalogue is open at ${url}`,
    '',
    `${content}.`,
    `The data lies in ${where}.`,
    '',
    'Look around in a browser, with examples, or read what there is:',
    `  ${new URL('explorer', url).href}`,
    `  ${new URL('reference', url).href}`,
    '',
    'Ask it something:',
    curl(
      url,
      '{ products(first: 3, orderBy: { field: RATING, direction: DESC }) { nodes { name priceFlurbos rating } } }',
    ),
    '',
    ...signIn(url, password),
    '',
    'Ctrl+C stops it.',
  ].join('\n');
}

function signIn(url: string, password: string | undefined): string[] {
  if (password === undefined) {
    return [
      `Sign in as "${ADMIN.username}" with the password that the first start printed.`,
      `Lost it? \`npm run demo -- --new-password\` makes another one.`,
    ];
  }
  const login = `mutation { login(username: "${ADMIN.username}", password: "${password}") { accessToken } }`;
  return [
    `Sign in as "${ADMIN.username}" with the password ${password} (it is not printed again):`,
    curl(url, login),
    '',
    'and change something with the access token that comes back:',
    curl(
      url,
      'mutation { createTag(input: { name: "Bargain" }) { id name slug } }',
      'Authorization: Bearer ACCESS_TOKEN',
    ),
  ];
}

/** The administrator of the demo. @returns the password, where one was made just now */
async function makeAdmin(database: Database, isNewWanted: boolean): Promise<string | undefined> {
  const existing = await database.fork().findOne(User, { usernameKey: ADMIN.username });
  if (existing && !isNewWanted) return undefined;
  const password = randomBytes(12).toString('base64url');
  const user = await prepareUser({ ...ADMIN, password });
  await unitOfWork(database, async (em) =>
    existing ? setPassword(em, await getByUsername(em, ADMIN.username), user.passwordHash) : createUser(em, user),
  );
  return password;
}

function curl(url: string, query: string, header?: string): string {
  const headers = ['content-type: application/json', ...(header ? [header] : [])].map((line) => `-H '${line}'`);
  return `  curl ${url} ${headers.join(' ')} -d '${JSON.stringify({ query })}'`;
}
