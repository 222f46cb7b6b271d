import { Command } from 'commander';
import { unitOfWork } from '../database/unit-of-work.js';
import { type Delivery, DeliveryState } from '../delivery/delivery.entity.js';
import { deadNotices, dropNotices, listNotices, retryNotices } from '../delivery/notices.js';
import { oneLine } from '../shared/one-line.js';
import { TELEGRAM } from '../telegram/telegram-channel.js';
import { htmlToText } from '../telegram/html.js';
import { parseDeliveryIds } from './delivery-ids.js';
import { withDatabase } from './with-database.js';

const MOST_SHOWN = 1000;

/** `catalog notices`: what could not be delivered, and what is still to be. */
export const noticesCommand = new Command('notices')
  .description('Shows the messages and webhook calls that were given up or still wait, and says what becomes of them.')
  .addCommand(
    new Command('list')
      .description('Lists those that were given up (DEAD) and those that wait (PENDING); nothing else.')
      .option('--json', 'a JSON object a line, with the whole text', false)
      .action(list),
    { isDefault: true },
  )
  .addCommand(
    new Command('retry')
      .description('Tries them at once, and again for as long as a new one.')
      .argument('[id...]')
      .option('--dead', 'all that were given up', false)
      .action((ids: string[], { dead }: { dead: boolean }) => apply(ids, dead, retryNotices, 'to be tried again')),
  )
  .addCommand(
    new Command('drop')
      .description('Removes them: they will not be sent.')
      .argument('[id...]')
      .option('--dead', 'all that were given up', false)
      .action((ids: string[], { dead }: { dead: boolean }) => apply(ids, dead, dropNotices, 'dropped')),
  );

function list({ json }: { json: boolean }): Promise<void> {
  return withDatabase(async (database) => {
    const notices = await listNotices(database.fork(), MOST_SHOWN);
    for (const notice of notices) console.log(json ? JSON.stringify(asJson(notice)) : describe(notice));
    if (notices.length === 0) console.error('Nothing was given up, and nothing waits.');
    if (notices.length === MOST_SHOWN) console.error(`Only the first ${MOST_SHOWN} are shown.`);
  });
}

function apply(given: string[], isAllDead: boolean, change: typeof retryNotices, what: string): Promise<void> {
  const ids = parseDeliveryIds(given, isAllDead ? undefined : 'or --dead');
  return withDatabase((database) =>
    unitOfWork(database, async (em) => {
      const all = isAllDead ? [...new Set([...ids, ...(await deadNotices(em))])] : ids;
      await change(em, all);
      return all.length;
    }).then((count) => console.log(`${count} ${count === 1 ? 'notice is' : 'notices are'} ${what}.`)),
  );
}

function describe({ id, state, channel, attempts, nextAttemptAt, lastError, body, eventCount }: Delivery): string {
  const tried = `${attempts} ${attempts === 1 ? 'try' : 'tries'}`;
  const next = state === DeliveryState.PENDING ? `next ${nextAttemptAt.toISOString()}` : 'given up';
  const events = `${eventCount} ${eventCount === 1 ? 'event' : 'events'}`;
  const head = [String(id).padEnd(6), state.padEnd(7), channel.padEnd(12), tried, next, events].join('  ');
  return [head, ...(lastError === null ? [] : [`        ${lastError}`]), `        ${beginning(channel, body)}`].join(
    '\n',
  );
}

const beginning = (channel: string, body: string) => oneLine(channel === TELEGRAM ? htmlToText(body) : body, 100);

const asJson = ({
  id,
  state,
  channel,
  attempts,
  createdAt,
  nextAttemptAt,
  lastError,
  lastStatus,
  eventCount,
  body,
}: Delivery) => ({
  id,
  state,
  channel,
  attempts,
  createdAt,
  nextAttemptAt: state === DeliveryState.PENDING ? nextAttemptAt : null,
  lastError,
  lastStatus,
  eventCount,
  body,
});
