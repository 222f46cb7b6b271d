import { setTimeout as sleep } from 'node:timers/promises';
import { Command, InvalidArgumentError, Option } from 'commander';
import { EventEntity } from '../event/event.entity.js';
import { EventJournal, type EventSelection, type JournalEvent } from '../event/event-journal.js';
import { eventText } from '../event/event-text.js';
import { withDatabase } from './with-database.js';

interface Options {
  entity?: EventEntity;
  id?: string[];
  type?: string[];
  since?: Date;
  last: number;
  follow: boolean;
  json: boolean;
}

const collect = (value: string, values: string[] = []) => [...values, value];

/** `catalog events`: what happened, a line each, the newest last. */
export const eventsCommand = new Command('events')
  .description('Prints what happened to categories, tags, products and users.')
  .addOption(new Option('--entity <kind>', 'of one kind of entry').choices(Object.values(EventEntity)))
  .option('--id <id>', 'of the entry with this id; may be given several times', collect)
  .option('--type <type>', 'of this type, such as product.updated; may be given several times', collect)
  .option('--since <time>', 'all since an instant, such as 2026-11-25T10:00Z, or for a time: 30m, 2h, 7d', toInstant)
  .option('--last <number>', 'the last ones, where --since is left out', toCount, 20)
  .option('--follow', 'goes on with what happens from now on, whichever process does it', false)
  .option('--json', 'a line of JSON for each', false)
  .action(printEvents);

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** @throws InvalidArgumentError */
function toInstant(text: string): Date {
  const [, amount, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const instant = amount && unit ? new Date(Date.now() - Number(amount) * (UNITS[unit] ?? 0)) : new Date(text);
  if (Number.isNaN(instant.getTime())) throw new InvalidArgumentError('It is no instant, and no time such as 2h.');
  return instant;
}

/** @throws InvalidArgumentError */
function toCount(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('It is no number.');
  return Number(text);
}

const BATCH = 500;
const POLL_MILLISECONDS = 300;

function printEvents({ entity, id, type, since, last, follow, json }: Options): Promise<void> {
  const selection: EventSelection = { entity, entityIds: id, types: type };
  return withDatabase(async (database) => {
    const journal = new EventJournal(database);
    let seen = since ? await journal.idBefore(since) : await journal.lastId();
    if (!since) print(await journal.latest(last, selection), json);
    for (;;) {
      const events = await journal.after(seen, BATCH, selection);
      print(events, json);
      seen = events.at(-1)?.id ?? seen;
      if (events.length === BATCH) continue;
      if (!follow) return;
      await sleep(POLL_MILLISECONDS);
    }
  });
}

function print(events: readonly JournalEvent[], asJson: boolean): void {
  for (const event of events) console.log(asJson ? JSON.stringify(event) : eventText(event));
}
