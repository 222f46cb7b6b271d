// npm run bench: what a request costs, and how that grows with the catalogue.
// node bench/run.mjs [--sizes 10000,100000] [--work w1,w3] [--secs 2] [--postgres URL of a server] [--kinds sqlite,postgresql]
//   [--out bench/data/growth]

import { copyFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { generating } from './generate.mjs';
import { load, postgresUsage, startService } from './load.mjs';
import { plot } from './plot.mjs';
import { DATA, ensureSeed } from './seed.mjs';
import { operationOf } from './workloads.mjs';

const { values: options } = parseArgs({
  options: {
    sizes: { type: 'string', default: '10000,100000' },
    work: { type: 'string', default: 'w1,w2,w2c,w3,w4k,w5,w6,w7' },
    secs: { type: 'string', default: '2' },
    postgres: { type: 'string' },
    kinds: { type: 'string', default: 'sqlite,postgresql' },
    out: { type: 'string', default: `${DATA}growth` },
  },
});
const sizes = options.sizes.split(',').map(Number);
const workloads = options.work.split(',');
const seconds = Number(options.secs);

/** The catalogue in which w2c finds as much as w2. */
const LEAST = 10_000;

const any = (limit) => Math.floor(Math.random() * limit);

/** The next operation of a workload, on a catalogue of some size. */
function operationsOf(workload, size) {
  if (workload === 'w6') return writes();
  if (workload === 'w7') return mixed(size);
  const parameters = {
    w1: () => ({ offset: 20 * any(5) }),
    w2: () => searched(10, 290 + any(600)),
    // As many find what they look for in a larger catalogue: within a narrower range of prices.
    w2c: () => searched(any(900), 0.1 + ((290 + any(600)) * LEAST) / size),
    w3: () => ({ id: 1 + any(size) }),
    w4k: () => ({ after: Math.floor(size * 0.9) + any(size / 20) }),
    w5: () => ({}),
  }[workload];
  const name = workload === 'w2c' ? 'w2' : workload;
  return () => operationOf(name, parameters());
}

/** Of w2, from a price on, within so many shmeckles. */
const searched = (min, width) => ({
  name: 'er',
  categoryId: 1 + any(8),
  tagId: 1 + any(4),
  min,
  max: (min + width).toFixed(2),
});

/** Four of five read, as w1 to w3 do; one writes. */
function mixed(size) {
  const [write, ...reads] = ['w6', 'w1', 'w2', 'w3'].map((workload) => operationsOf(workload, size));
  return () => (any(5) === 0 ? write : reads[any(reads.length)])();
}

/** Creates a product, then changes its price. */
function writes() {
  const run = Date.now().toString(36);
  const made = [];
  let count = 0;
  return () => {
    const id = made.pop();
    if (id !== undefined) return operationOf('update', { id, priceShmeckles: any(99_999) / 100 });
    count += 1;
    const product = {
      name: `Bench Plumbus ${count}`,
      slug: `bench-${run}-${count}`,
      description: 'every home should have one',
      imageUrl: 'https://shop.example/images/bench.webp',
      priceShmeckles: 12.5,
      priceFlurbos: 1.25,
      stock: 7,
      categoryId: 1 + any(500),
      tagIds: [4, 5],
    };
    return [...operationOf('create', product), (data) => made.push(data.createProduct.id)];
  };
}

/** CPU ms per request of each workload. */
async function measure(size, kind) {
  const seeded = await prepare(size, kind);
  const service = await startService(kind, seeded.environment);
  const total = async () => (await service.usage()).cpuMs + (await seeded.usage());
  const costs = {};
  for (const workload of workloads) {
    const next = operationsOf(workload, size);
    await load(service.url, seeded.admin, seconds / 2, next);
    const before = await total();
    const answered = await load(service.url, seeded.admin, seconds, next);
    costs[workload] = ((await total()) - before) / answered;
  }
  const { rss } = await service.usage();
  await service.stop();
  await seeded.drop();
  return { size, costs, rss, startMs: Math.round(service.startMs), ...seeded.facts };
}

async function prepare(size, kind) {
  if (kind === 'sqlite') {
    const [file, copy] = [`${DATA}${size}.sqlite`, `${DATA}run.sqlite`];
    const { admin, seconds: loadSeconds } = await ensureSeed(`sqlite:${file}`, String(size), generating(size));
    const facts = { megabytes: Math.round(statSync(file).size / 1e6), loadSeconds };
    const drop = async () => ['', '-wal', '-shm'].forEach((suffix) => rmSync(copy + suffix, { force: true }));
    await drop();
    copyFileSync(file, copy);
    return { admin, facts, drop, environment: { DB: copy }, usage: async () => 0 };
  }
  const { default: pg } = await import('pg');
  const name = `catalog_${size}`;
  const url = new URL(`/${name}`, options.postgres).href;
  const { admin, seconds: loadSeconds } = await ensureSeed(url, String(size), generating(size));
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query('select pg_database_size(current_database()) as bytes');
  const facts = { megabytes: Math.round(Number(rows[0].bytes) / 1e6), loadSeconds };
  const drop = async () => {
    await client.query('delete from products where id > $1', [size]);
    await client.end();
  };
  return { admin, facts, drop, environment: { PG: url }, usage: () => postgresUsage(client, name) };
}

const digits = (cost) => (cost >= 10 ? cost.toFixed(1) : cost.toPrecision(2));

function table(kind, rows) {
  const head = ['products', ...workloads, 'start, ms', 'memory, MB', 'database, MB', 'filled in, s'];
  const lines = rows.map(({ size, costs, startMs, rss, megabytes, loadSeconds }) =>
    [size, ...workloads.map((workload) => digits(costs[workload])), startMs, rss, megabytes, loadSeconds].join(' | '),
  );
  const growth = workloads.map((workload) => `${(rows.at(-1).costs[workload] / rows[0].costs[workload]).toFixed(2)}×`);
  return [
    `### ${kind}: CPU ms per request`,
    '',
    `| ${head.join(' | ')} |`,
    `|${head.map(() => '--:').join('|')}|`,
    ...lines.map((line) => `| ${line} |`),
    ...(rows.length > 1 ? [`| last to first | ${growth.join(' | ')} | | | | |`] : []),
    '',
  ].join('\n');
}

const kinds = options.kinds.split(',').filter((kind) => kind === 'sqlite' || options.postgres);
for (const kind of kinds) {
  const rows = [];
  for (const size of sizes) rows.push(await measure(size, kind));
  console.log(table(kind, rows));
  writeFileSync(`${options.out}-${kind}.svg`, plot(`CPU ms per request, ${kind}`, workloads, rows));
  console.error(`The plot is ${options.out}-${kind}.svg.`);
}
