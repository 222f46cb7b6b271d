import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { afterEach, expect, test } from 'vitest';
import { createDatabase, DATABASE, type TestDatabase } from '../support/database.js';
import { ADMIN_TOKEN, clientOf } from '../support/service.js';

let database: TestDatabase;
const running = new Set<ReturnType<typeof spawn>>();

afterEach(async () => {
  for (const process of running) process.kill('SIGKILL');
  running.clear();
  await database?.drop();
});

/** The service as a process of its own, as `npm start` runs it. */
function start(environment: Record<string, string>) {
  const child = spawn(process.execPath, ['--import', '@oxc-node/core/register', 'src/main.ts'], {
    env: { PATH: process.env.PATH, PORT: '0', ADMIN_TOKEN, DATABASE_URL: database.url, ...environment },
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
  const admin = clientOf(url, ADMIN_TOKEN);
  const inFlight = Array.from({ length: 20 }, (_, index) =>
    admin(`mutation { createTag(input: { name: "Tag ${index}" }) { id } }`),
  );
  await Promise.race(inFlight);
  service.child.kill('SIGTERM');
  const answers = await Promise.allSettled(inFlight);
  expect(await service.exit).toEqual({ code: 0, errors: '' });

  const again = start({ MIGRATE_ON_START: 'true' });
  const { data } = await clientOf(await again.url)('{ tags(first: 100) { totalCount } }');
  const acknowledged = answers.filter((answer) => answer.status === 'fulfilled' && !answer.value.errors);
  expect(acknowledged.length).toBeGreaterThan(0);
  expect(data.tags.totalCount).toBeGreaterThanOrEqual(acknowledged.length);
});

test('refuses to start behind migrations that it may not apply, and says the command', async () => {
  database = await createDatabase();
  const { code, errors } = await start({ MIGRATE_ON_START: 'false' }).exit;
  expect(code).toBe(1);
  expect(errors).toContain('The database is behind 1 migration (20261121100000-initial).');
  expect(errors).toContain('npx mikro-orm migration:up');
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
  const { code, errors } = await start({ PORT: 'x', ADMIN_TOKEN: 'short', LOG_LEVEL: 'loud' }).exit;
  expect(code).toBe(1);
  expect(errors.trim().split('\n')).toEqual([
    'The configuration is wrong:',
    '  PORT must be a whole number from 0 to 65535',
    '  ADMIN_TOKEN must have at least 24 characters',
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

test.runIf(DATABASE === 'sqlite')(
  'makes a token for the administrator and keeps it beside the file, but not in production',
  async () => {
    database = await createDatabase();
    const file = `${database.url.slice('sqlite:'.length)}.admin-token`;
    const production = start({ ADMIN_TOKEN: '', NODE_ENV: 'production' });
    const refused = await clientOf(await production.url, 'anything-at-all')('{ __typename }');
    expect(refused).toMatchObject({ status: 401, errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] });
    expect(existsSync(file)).toBe(false);

    const development = start({ ADMIN_TOKEN: '' });
    const url = await development.url;
    const admin = clientOf(url, readFileSync(file, 'utf8').trim());
    expect(await admin('mutation { createTag(input: { name: "made" }) { name } }')).toMatchObject({
      data: { createTag: { name: 'made' } },
    });
  },
);
