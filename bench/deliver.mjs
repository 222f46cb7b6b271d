// What becomes of messages when the service is killed under load, and what a mutation costs while Telegram hangs.
// npm run build && node bench/deliver.mjs [--postgres URL of an empty database] [--kills 20] [--rate 40]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import Sqlite from 'better-sqlite3';
import { Client } from 'pg';

const { values: options } = parseArgs({
  options: {
    postgres: { type: 'string' },
    kills: { type: 'string', default: '20' },
    rate: { type: 'string', default: '40' },
  },
});

const folder = mkdtempSync(join(tmpdir(), 'catalog-deliver-'));
const file = join(folder, 'catalog.sqlite');
const PASSWORD = 'plumbus for everybody';
const environment = {
  PATH: process.env.PATH,
  DATABASE_URL: options.postgres ?? `sqlite:${file}`,
  MIGRATE_ON_START: 'true',
  AUTH_SECRET: 'the same for all processes of this run',
  PORT: '0',
  NOTICE_WINDOW_SECONDS: '0',
};

/** Telegram's part: notes each message, and answers after a moment, or never. */
async function startTelegram() {
  const messages = [];
  const telegram = { messages, hangs: false };
  const answer = async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    messages.push(/<b>([^<]*)<\/b>/.exec(JSON.parse(body).text)?.[1]);
    if (telegram.hangs) return;
    await sleep(2);
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ ok: true, result: { message_id: 1, date: 0, chat: { id: 1, type: 'private' } } }));
  };
  // Who is killed while it sends has nothing more to say.
  const server = createServer((request, response) => void answer(request, response).catch(() => undefined));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(telegram, {
    environment: {
      TELEGRAM_BOT_API_KEY: '1:nobody',
      TELEGRAM_USER_ID: '1',
      TELEGRAM_API_URL: `http://127.0.0.1:${server.address().port}`,
    },
    stop() {
      server.closeAllConnections();
      server.close();
    },
  });
}

async function startService(more = {}) {
  const child = spawn(process.execPath, ['dist/src/main.js'], { env: { ...environment, ...more } });
  let said = '';
  child.stderr.on('data', (text) => process.stderr.write(text));
  const url = await new Promise((resolve, reject) => {
    child.stdout.on('data', (text) => {
      said = (said + text).slice(-10_000);
      const [, found] = /"url":"([^"]+)"/.exec(said) ?? [];
      if (found) resolve(found);
    });
    child.once('exit', () => reject(new Error(`The service ended:\n${said}`)));
  });
  return { child, url };
}

async function end({ child }, signal) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
}

async function ask({ url }, token, query, variables) {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
  const { data, errors } = await response.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

const CREATE = `mutation ($name: String!) { createProduct(input: { name: $name, priceShmeckles: "1", priceFlurbos: "1" }) { id } }`;
const UPDATE = `mutation ($id: ID!, $stock: Int!) { updateProduct(id: $id, input: { stock: $stock }) { id } }`;

async function makeAdministrator() {
  const args = ['user', 'create', 'bench', '--role', 'ADMIN', '--first-name', 'Bench', '--last-name', 'Mark'];
  const child = spawn(process.execPath, ['dist/src/cli/main.js', ...args], { env: environment });
  child.stderr.on('data', (text) => process.stderr.write(text));
  child.stdin.end(`${PASSWORD}\n`);
  await once(child, 'exit');
}

async function signIn(service) {
  const { login } = await ask(
    service,
    undefined,
    'mutation ($password: String!) { login(username: "bench", password: $password) { accessToken } }',
    { password: PASSWORD },
  );
  return login.accessToken;
}

/** The rows of a query, past the service. */
async function rows(sql) {
  if (!options.postgres) {
    const database = new Sqlite(file, { readonly: true });
    const found = database.prepare(sql).all();
    database.close();
    return found;
  }
  const client = new Client(options.postgres);
  await client.connect();
  const found = await client.query(sql);
  await client.end();
  return found.rows;
}

const waiting = async () =>
  Number((await rows(`select count(*) as count from deliveries where state <> 'DELIVERED'`))[0].count);

/** Creates products at a rate, whether the service is there or not. */
function load(current, token, rate) {
  const stopped = new AbortController();
  let made = 0;
  const acknowledged = [];
  const running = (async () => {
    while (!stopped.signal.aborted) {
      const name = `Product ${(made += 1)}`;
      void ask(current(), token, CREATE, { name }).then(
        () => acknowledged.push(name),
        () => undefined,
      );
      await sleep(1000 / rate);
    }
  })();
  return {
    acknowledged,
    async stop() {
      stopped.abort();
      await running;
    },
  };
}

async function killUnderLoad(telegram, kills, rate) {
  let service = await startService(telegram.environment);
  const token = await signIn(service);
  const producing = load(() => service, token, rate);
  for (let kill = 0; kill < kills; kill += 1) {
    await sleep(500 + Math.random() * 2500);
    await end(service, 'SIGKILL');
    service = await startService(telegram.environment);
  }
  await sleep(1000);
  await producing.stop();
  for (let tries = 0; tries < 600 && ((await waiting()) > 0 || tries < 20); tries += 1) await sleep(200);
  await end(service, 'SIGTERM');
  const events = (await rows(`select label from events where type = 'product.created' order by id`)).map(
    ({ label }) => label,
  );
  const [{ again }] = await rows('select sum(attempts - 1) as again from deliveries');
  const seen = new Set();
  const firsts = telegram.messages.filter((name) => !seen.has(name) && seen.add(name));
  return {
    kills,
    acknowledged: producing.acknowledged.length,
    'acknowledged without an event': producing.acknowledged.filter((name) => !events.includes(name)).length,
    events: events.length,
    messages: telegram.messages.length,
    'events without a message': events.filter((name) => !seen.has(name)).length,
    'messages without an event': firsts.filter((name) => !events.includes(name)).length,
    doubles: telegram.messages.length - firsts.length,
    'tries that a process did not live to note': Number(again),
    'in the order of the events': JSON.stringify(firsts) === JSON.stringify(events),
  };
}

async function latency(more, count = 400) {
  const service = await startService(more);
  const token = await signIn(service);
  const { createProduct } = await ask(service, token, CREATE, { name: `Latency ${Math.random()}` });
  const took = [];
  for (let stock = 1; stock <= count; stock += 1) {
    const from = performance.now();
    // Each goes to 0 and back: that is told of.
    await ask(service, token, UPDATE, { id: createProduct.id, stock: stock % 2 });
    took.push(performance.now() - from);
  }
  await end(service, 'SIGKILL');
  took.sort((a, b) => a - b);
  const at = (part) => `${took[Math.floor(took.length * part)].toFixed(2)} ms`;
  return { median: at(0.5), p95: at(0.95), p99: at(0.99) };
}

const telegram = await startTelegram();
try {
  await makeAdministrator();
  console.table(await killUnderLoad(telegram, Number(options.kills), Number(options.rate)));
  telegram.hangs = true;
  const figures = {};
  for (const round of [1, 2]) {
    figures[`without Telegram, ${round}`] = await latency({});
    figures[`Telegram hangs, ${round}`] = await latency(telegram.environment);
  }
  console.table(figures);
} finally {
  telegram.stop();
  rmSync(folder, { recursive: true, force: true });
}
