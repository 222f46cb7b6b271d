import { setTimeout as sleep } from 'node:timers/promises';
import type { Seen } from './load.js';
import type { Shop } from './shop.js';

/** Something that goes wrong while clients use the shop. */
export interface Fault {
  readonly name: string;
  /** Lasts until the shop could go on; `seconds` is how long it is to go wrong. */
  inflict(seconds: number): Promise<void>;
}

/** What came of a fault. */
export interface Result {
  readonly fault: string;
  /** How long it went wrong, in milliseconds. */
  readonly lasted: number;
  /** How many answers of which kind clients got, from the fault on. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** The slowest answer, in milliseconds. */
  readonly slowest: number;
  /** From the fault's end to the next write that was acknowledged. */
  readonly backAfter: number;
  readonly saidNotReady: boolean;
  readonly acknowledged: number;
  /** Of the acknowledged writes, those that are there; of the others, too. */
  readonly present: number;
  readonly presentUnacknowledged: number;
  /** Sales that somebody was told of, and pieces that are gone. */
  readonly sold: number;
  readonly gone: number;
}

/** Uses a shop, has something go wrong, and looks at what is there in the end. */
export async function suffer(shop: Shop, fault: Fault, seconds: number): Promise<Result> {
  const before = await shop.inventory();
  const load = shop.load();
  load.start();
  await sleep(500);
  const begun = performance.now();
  await fault.inflict(seconds);
  const ended = performance.now();
  await shop.ready();
  for (let tries = 0; !acknowledgedAfter(load.seen, ended); tries += 1) {
    if (tries > 3000) throw new Error('No write is acknowledged any more.');
    await sleep(10);
  }
  await sleep(300);
  await load.stop();
  const { slugs, gone } = await shop.inventory();
  const since = load.seen.filter(({ at }) => at >= begun);
  const outcomes: Record<string, number> = {};
  for (const { outcome } of since) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
  return {
    fault: fault.name,
    lasted: ended - begun,
    outcomes,
    slowest: Math.max(...since.map(({ took }) => took)),
    backAfter: Math.max(0, (acknowledgedAfter(load.seen, ended)?.at ?? Infinity) - ended),
    saidNotReady: load.ready.some(({ at, status }) => at >= begun && status !== 200),
    acknowledged: load.acknowledged.length,
    present: load.acknowledged.filter((slug) => slugs.has(slug)).length,
    presentUnacknowledged: load.unacknowledged.filter((slug) => slugs.has(slug)).length,
    sold: load.sold,
    gone: gone - before.gone,
  };
}

const acknowledgedAfter = (seen: readonly Seen[], time: number) =>
  seen.find(({ kind, outcome, at }) => kind !== 'read' && outcome === 'OK' && at > time);
