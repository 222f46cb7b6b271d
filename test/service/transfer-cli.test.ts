import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { COMMAND, runCatalog, startCatalog } from '../support/catalog-command.js';
import { createDatabase, DATABASE, type TestDatabase } from '../support/database.js';
import { ENVIRONMENT } from '../support/node-process.js';
import { clientOf } from '../support/service.js';
import { dummyProduct, jsonLines } from '../support/transfer.js';

let database: TestDatabase;
let folder: string;

beforeEach(async () => {
  database = await createDatabase();
  folder = mkdtempSync(join(tmpdir(), 'catalog-cli-'));
});
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  await database.drop();
});

const run = (args: string[], { input = '', ...environment }: Record<string, string> = {}) =>
  runCatalog(database, args, input, environment);

function write(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

test('imports files and standard input, exports to a file and to standard output', async () => {
  const products = write('products.json', JSON.stringify({ products: [dummyProduct()] }));
  const first = await run(['import', products, '-', '--rate', '1.25'], {
    input: jsonLines({ type: 'tag', slug: 'x', name: 'X' }),
  });
  expect(first).toMatchObject({ code: 0, err: '' });
  expect(first.out.replaceAll(/ +/g, ' ').split('\n')).toEqual([
    ' read created updated unchanged refused',
    'categories 0 1 0 0 0',
    'tags 1 3 0 0 0',
    'products 1 1 0 0 0',
    expect.stringMatching(/^\d+\.\d\d s$/),
    '',
  ]);

  const out = join(folder, 'out.ndjson');
  expect(await run(['export', '--out', out])).toEqual({ code: 0, out: '', err: '' });
  expect(existsSync(`${out}.part`)).toBe(false);
  expect((await run(['export'])).out).toBe(readFileSync(out, 'utf8'));
  expect(readFileSync(out, 'utf8')).toContain('"priceFlurbos":"12.49"');
});

test('tells refused rows on standard error and ends with 1', async () => {
  const path = write('bad.json', JSON.stringify([dummyProduct({ price: 'x' }), dummyProduct()], null, 1));
  const { code, out, err } = await run(['import', path]);
  expect(code).toBe(1);
  expect(err).toMatch(new RegExp(`^${path}:2 price must be an amount .*\\n$`));
  expect(out).toMatch(/products +2 +1 +0 +0 +1/);
});

test('reads a large file in a thread of its own, with the same outcome', async () => {
  const description = 'As good as any other. '.repeat(900);
  const product = (index: number, more: object = {}) => ({
    type: 'product',
    slug: `large-${index}`,
    name: `Large ${index}`,
    description,
    priceShmeckles: '1.00',
    priceFlurbos: '2.00',
    createdAt: '2026-01-02T03:04:05.006Z',
    ...more,
  });
  const lines = Array.from({ length: 60 }, (_, index) => product(index, index === 7 ? { stock: -1 } : {}));
  const path = write('large.ndjson', `${jsonLines(...lines)}{"type":"product","slug":`);
  const { code, out, err } = await run(['import', path]);
  expect(err.split('\n')).toEqual([
    expect.stringMatching(new RegExp(`^${path}:8 stock must be `)),
    expect.stringMatching(new RegExp(`^${path}:61 is cut off`)),
    '',
  ]);
  expect([code, out]).toEqual([1, expect.stringMatching(/products +60 +59 +0 +0 +1/)]);
  const exported = (await run(['export'])).out.trim().split('\n');
  expect(exported.map((line) => JSON.parse(line))).toMatchObject(lines.filter((_, index) => index !== 7));
});

test('says that a strict or a dry run wrote nothing', async () => {
  const path = write('bad.json', JSON.stringify([dummyProduct({ price: 'x' }), dummyProduct()]));
  const strict = await run(['import', path, '--strict']);
  expect([strict.code, strict.out]).toEqual([1, expect.stringContaining('Nothing was written: with --strict')]);
  const dry = await run(['import', write('good.json', JSON.stringify([dummyProduct()])), '--dry-run']);
  expect([dry.code, dry.out]).toEqual([0, expect.stringContaining('Nothing was written: this was a dry run.')]);
  expect((await run(['export'])).out).toBe('');
});

test('says that passwords are not taken over', async () => {
  const path = write(
    'users.json',
    '[{"username":"ada","firstName":"Ada","lastName":"Byron","role":"user","password":"p"}]',
  );
  const { code, err } = await run(['import', path, '--format', 'dummyjson-users']);
  expect([code, err]).toEqual([0, expect.stringContaining('Passwords are not taken over')]);
});

test.each([
  [['import', 'no-such-file'], "no-such-file can't be read"],
  [['import', 'src'], 'src is a folder'],
  [['import', 'package.json', '--rate', '1e3'], '--rate must be'],
  [['import', 'package.json', '--format', 'xml'], "argument 'xml' is invalid"],
  [['import', 'package.json'], "The format of package.json can't be told"],
  [['import'], "missing required argument 'file'"],
  [['export', '--out', 'no/such/folder/x'], "no/such/folder/x can't be written"],
])('%j ends with 1 and one message, no stack', async (args, message) => {
  const { code, err } = await run(args);
  expect([code, err]).toEqual([1, expect.stringContaining(message)]);
  expect(err).not.toMatch(/^ +at /m);
});

test('refuses to work behind migrations that it may not apply, and with a wrong configuration', async () => {
  const behind = await run(['export'], { MIGRATE_ON_START: 'false' });
  expect([behind.code, behind.err]).toEqual([1, expect.stringMatching(/^The database is behind \d+ migration/)]);
  const wrong = await run(['export'], { DATABASE_URL: 'mysql:x' });
  expect([wrong.code, wrong.err]).toEqual([1, expect.stringMatching(/^The configuration is wrong/)]);
});

test('the demo loads its catalogue once, answers, and stops on SIGTERM', async () => {
  for (const content of [
    /^Loaded 194 products, 24 categories, 138 tags and 20[89] users\.$/m,
    /^Found 194 products, .* there already\.$/m,
  ]) {
    const child = startCatalog(database, ['demo']);
    let text = '';
    child.stderr?.on('data', (part) => (text += `stderr: ${String(part)}`));
    await new Promise<void>((done, failed) => {
      child.once('exit', () => failed(new Error(text)));
      child.stdout?.on('data', (part) => {
        text += String(part);
        if (text.includes('Ctrl+C')) done();
      });
    });
    expect(text).toMatch(content);
    expect(text).not.toMatch(/stderr|"level"/);
    expect(text).toContain('Sign in as "demo-admin" with the password');
    const url = /^The catalogue is open at (\S+)$/m.exec(text)?.[1] ?? '';
    const answer = await clientOf(url)('{ products { totalCount } }');
    expect(answer.data).toEqual({ products: { totalCount: 194 } });
    child.kill('SIGTERM');
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(0);
  }
});

test.runIf(DATABASE === 'sqlite')('the demo has a database of its own where none is named', async () => {
  const child = spawn(process.execPath, [COMMAND, 'demo'], { cwd: folder, env: { ...ENVIRONMENT, PORT: '0' } });
  const [text] = (await once(child.stdout, 'data')) as [Buffer];
  expect(text.toString()).toContain(`The data lies in ${join(folder, 'data', 'demo.sqlite')}`);
  child.kill('SIGINT');
  expect(await once(child, 'exit')).toEqual([0, null]);
});
