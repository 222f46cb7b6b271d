// Has everything go wrong that may go wrong with a database, while clients use the service, and prints what came of it.
// npm run failures -- [seconds] [part of a fault's name]
import 'reflect-metadata';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Fault, type Result, suffer } from './matrix.js';
import { failover, postgresqlFaults, switchover } from './postgresql-faults.js';
import { PostgresServer } from './postgres-server.js';
import { Shop, shopOnServers } from './shop.js';
import { sqliteFaults } from './sqlite-faults.js';

const [seconds = '5', only = ''] = process.argv.slice(2);

/** Longer than a write waits for another process. */
const LONG_LOCK = 11;

async function main(): Promise<void> {
  console.log(HEADER);
  await onSqlite();
  await onPostgresql();
}

async function onSqlite(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'catalog-failing-'));
  const path = join(folder, 'catalog.sqlite');
  const shop = new Shop(`sqlite:${path}`);
  await shop.open();
  try {
    const faults = sqliteFaults(shop, path);
    for (const fault of faults) await tell('SQLite', shop, fault, Number(seconds));
    const lock = faults.at(-1) as Fault;
    await tell('SQLite', shop, { ...lock, name: `${lock.name} for longer` }, LONG_LOCK);
  } finally {
    await shop.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function onPostgresql(): Promise<void> {
  const primary = await PostgresServer.start();
  const standby = await primary.startStandby();
  const shop = shopOnServers(primary, standby);
  await shop.open();
  try {
    for (const fault of [...postgresqlFaults(primary), switchover(primary, standby), failover(primary, standby)])
      await tell('PostgreSQL', shop, fault, Number(seconds));
  } finally {
    await shop.close();
    await standby.remove();
    await primary.remove();
  }
}

const HEADER = [
  '| fault | database | lasted | clients saw | slowest answer | first write after it | ready said no | writes acknowledged | of these present | not acknowledged but present | sales told | pieces gone |',
  '|---|---|--:|---|--:|--:|---|--:|--:|--:|--:|--:|',
].join('\n');

async function tell(database: string, shop: Shop, fault: Fault, length: number): Promise<void> {
  if (!`${database}: ${fault.name}`.includes(only)) return;
  const result = await suffer(shop, fault, length);
  console.log(`| ${cells(database, result).join(' | ')} |`);
}

const inSeconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(1)} s`;

function cells(database: string, result: Result): unknown[] {
  const outcomes = Object.entries(result.outcomes).toSorted(([, a], [, b]) => b - a);
  return [
    result.fault,
    database,
    inSeconds(result.lasted),
    outcomes.map(([outcome, count]) => `${outcome} ${count}`).join(', '),
    inSeconds(result.slowest),
    inSeconds(result.backAfter),
    result.saidNotReady ? 'yes' : '',
    result.acknowledged,
    result.present,
    result.presentUnacknowledged,
    result.sold,
    result.gone,
  ];
}

await main();
