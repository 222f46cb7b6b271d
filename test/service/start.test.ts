import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { createInterface } from 'node:readline';
import Sqlite from 'better-sqlite3';
import { afterEach, expect, test } from 'vitest';
import { migrationNames } from '../../src/migrator/migration-file.js';
import { createDatabase, DATABASE, type TestDatabase } from '../support/database.js';
import { ENVIRONMENT } from '../support/node-process.js';
import { type Answer, clientOf } from '../support/service.js';

let database: TestDatabase;
const running = new Set<ReturnType<typeof spawn>>();

afterEach(async () => {
  for (const process of running) process.kill('SIGKILL');
  running.clear();
  await database?.drop();
});

/** The service as a process of its own, built, as `npm start` runs it. */
function start(environment: Record<string, string>) {
  const child = spawn(process.execPath, ['dist/src/main.js'], {
    env: { ...ENVIRONMENT, PORT: '0', DATABASE_URL: database.url, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const exit = once(child, 'close').then(([code]) => ({ code: code as number | null, errors }));
  const lines = createInterface({ input: child.stdout });
  const url = new Promise<string>((resolve) => {
    lines.on('line', (line) => {
      const { url: said } = JSON.parse(line) as { url?: string };
      if (said) resolve(said);
    });
  });
  return { child, exit, url };
}

test('picks a free port, says the URL, and exits with 0 on SIGTERM after finishing what is in flight', async () => {
  database = await createDatabase();
  const service = start({ MIGRATE_ON_START: 'true' });
  const url = await service.url;
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*\/graphql$/);
  const client = clientOf(url);
  const inFlight = Array.from({ length: 10 }, (_, index) =>
    client(
      `mutation { register(input: { username: "person${index}", password: "a plumbus of ${index}", firstName: "A", lastName: "B" }) { accessToken } }`,
    ),
  );
  await Promise.race(inFlight);
  service.child.kill('SIGTERM');
  const answers = await Promise.allSettled(inFlight);
  expect(await service.exit).toEqual({ code: 0, errors: '' });

  const again = start({ MIGRATE_ON_START: 'true' });
  const acknowledged = answers.filter((answer) => answer.status === 'fulfilled' && !answer.value.errors);
  expect(acknowledged.length).toBeGreaterThan(0);
  const urlAgain = await again.url;
  for (const { value } of acknowledged as PromiseFulfilledResult<Answer>[]) {
    // The secret is kept beside the file; on PostgreSQL each start makes another one.
    const { status } = await clientOf(urlAgain, value.data.register.accessToken)('{ me { id } }');
    expect(status).toBe(DATABASE === 'sqlite' ? 200 : 401);
  }
});

test('refuses to start behind migrations that it may not apply, and says the command', async () => {
  database = await createDatabase();
  const { code, errors } = await start({ MIGRATE_ON_START: 'false' }).exit;
  expect(code).toBe(1);
  const names = migrationNames(`src/migrations/${DATABASE}`);
  expect(errors).toContain(`The database is behind ${names.length} migrations (${names.join(', ')}).`);
  expect(errors).toContain('npx catalog migrate up');
  expect(errors).not.toContain('    at ');
});

test.runIf(DATABASE === 'sqlite')('migrates an SQLite file by itself', async () => {
  database = await createDatabase();
  const service = start({});
  expect(await clientOf(await service.url)('{ tags { totalCount } }')).toMatchObject({
    data: { tags: { totalCount: 0 } },
  });
});

test.runIf(DATABASE === 'postgresql')('does not migrate PostgreSQL unless told to', async () => {
  database = await createDatabase();
  expect(await start({}).exit).toMatchObject({ code: 1 });
});

test('says all that is wrong with the configuration, without secrets or a stack', async () => {
  database = await createDatabase();
  const { code, errors } = await start({ PORT: 'x', AUTH_SECRET: 'short', LOG_LEVEL: 'loud' }).exit;
  expect(code).toBe(1);
  expect(errors.trim().split('\n')).toEqual([
    'The configuration is wrong:',
    '  PORT must be a whole number from 0 to 65535',
    '  AUTH_SECRET must have at least 32 characters',
    '  LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent',
  ]);
});

test('says that a port is taken', async () => {
  database = await createDatabase();
  const first = start({ MIGRATE_ON_START: 'true' });
  const { port } = new URL(await first.url);
  const { code, errors } = await start({ MIGRATE_ON_START: 'true', PORT: port }).exit;
  expect({ code, errors }).toEqual({
    code: 1,
    errors: `Port ${port} of 127.0.0.1 is taken: set PORT to another one, or to 0 for any.\n`,
  });
});

test('starts in production only with a secret', async () => {
  database = await createDatabase();
  const { code, errors } = await start({ NODE_ENV: 'production' }).exit;
  expect({ code, errors }).toEqual({
    code: 1,
    errors:
      'The configuration is wrong:\n  AUTH_SECRET must be set in production: 32 characters or more that nobody can guess\n',
  });
  const url = await start({ NODE_ENV: 'production', AUTH_SECRET: 'x'.repeat(32), MIGRATE_ON_START: 'true' }).url;
  expect(await clientOf(url)('{ me { id } }')).toMatchObject({ data: { me: null } });
});

test.runIf(DATABASE === 'sqlite')('says in one line that another process has locked the file', async () => {
  database = await createDatabase();
  const path = database.url.slice('sqlite:'.length);
  const other = new Sqlite(path);
  other.exec('begin exclusive');
  const { code, errors } = await start({}).exit;
  expect({ code, errors }).toEqual({ code: 1, errors: `The database ${path} can't be opened: database is locked.\n` });
  other.close();
});

// root may write whatever the file says.
test.runIf(DATABASE === 'sqlite' && process.getuid?.() !== 0)('says in one line that a file is read-only', async () => {
  database = await createDatabase();
  const path = database.url.slice('sqlite:'.length);
  new Sqlite(path).exec('create table t (x)').close();
  chmodSync(path, 0o444);
  const { code, errors } = await start({}).exit;
  expect({ code, errors }).toEqual({
    code: 1,
    errors: `The database ${path} can't be opened: attempt to write a readonly database.\n`,
  });
});

test.each(
  DATABASE === 'sqlite'
    ? [
        ['sqlite:README.md', "The database README.md can't be opened: file is not a database.\n"],
        ['sqlite:package.json/x.sqlite', "The database package.json/x.sqlite can't be opened: "],
      ]
    : [['postgres://shop:hunter2@127.0.0.1:1/shop', "The database shop at 127.0.0.1:1 can't be opened: "]],
)('says in one line that %s can not be opened, without the password', async (url, message) => {
  database = await createDatabase();
  const { code, errors } = await start({ DATABASE_URL: url }).exit;
  expect(code).toBe(1);
  expect(errors).toContain(message);
  expect(errors.trim().split('\n')).toHaveLength(1);
  expect(errors).not.toContain('hunter2');
});
