import { Command } from 'commander';
import { unitOfWork } from '../database/unit-of-work.js';
import type { Delivery } from '../delivery/delivery.entity.js';
import { messageIdOf } from '../webhook/webhook-channel.js';
import type { Webhook } from '../webhook/webhook.entity.js';
import {
  addWebhook,
  disableWebhook,
  enableWebhook,
  type ListedWebhook,
  listWebhooks,
  redeliver,
  removeWebhook,
  webhookLog,
} from '../webhook/webhook.writes.js';
import { parseDeliveryIds } from './delivery-ids.js';
import { withDatabase } from './with-database.js';

/** `catalog webhook`: whom the catalogue calls when something happens. */
export const webhookCommand = new Command('webhook')
  .description('Adds and removes the servers that are called when something happens, and shows how that went.')
  .addCommand(
    new Command('add')
      .description('Calls a URL from now on; shows the secret that calls are signed with, this once.')
      .argument('<url>', 'https')
      .requiredOption('--events <topics>', 'such as product.created,product.price_changed; product.* and * are several')
      .action(add),
  )
  .addCommand(new Command('list').description('Lists all webhooks.').action(list))
  .addCommand(
    new Command('remove')
      .description('Forgets a webhook, with the log of its deliveries.')
      .argument('<id>')
      .action((id: string) => change((em) => removeWebhook(em, id), 'removed')),
  )
  .addCommand(
    new Command('enable')
      .description('Calls a webhook again, with all that has happened since it was disabled.')
      .argument('<id>')
      .option('--skip', 'leaves out what has happened since', false)
      .action((id: string, { skip }: { skip: boolean }) => change((em) => enableWebhook(em, id, skip), 'enabled')),
  )
  .addCommand(
    new Command('disable')
      .description('Calls a webhook no more until it is enabled; what waits is kept.')
      .argument('<id>')
      .action((id: string) => change((em) => disableWebhook(em, id), 'disabled')),
  )
  .addCommand(
    new Command('log')
      .description("Shows a webhook's latest deliveries, newest first.")
      .argument('<id>')
      .option('--limit <n>', 'how many', '20')
      .option('--json', 'a JSON object a line, with the whole body', false)
      .action(log),
  )
  .addCommand(
    new Command('redeliver')
      .description('Sends a delivery of the log once more, under the same message id.')
      .argument('<delivery-id>')
      .action(sendAgain),
  );

function add(url: string, { events }: { events: string }): Promise<void> {
  return withDatabase(async (database, config) => {
    const webhook = await unitOfWork(database, (em) => addWebhook(em, { url, events }, config.webhooks));
    console.log(`${describe(webhook)}: added`);
    console.log(`secret  ${webhook.secret}`);
    console.error('Keep the secret now: it is not shown again.');
  });
}

function list(): Promise<void> {
  return withDatabase(async (database) => {
    const webhooks = await listWebhooks(database.fork());
    for (const each of webhooks) console.log(describeListed(each));
    if (webhooks.length === 0) console.error('There are no webhooks yet: add one with `catalog webhook add`.');
  });
}

function change(apply: (em: Parameters<typeof removeWebhook>[0]) => Promise<Webhook>, what: string): Promise<void> {
  return withDatabase(async (database) => {
    console.log(`${describe(await unitOfWork(database, apply))}: ${what}`);
  });
}

function log(id: string, { limit, json }: { limit: string; json: boolean }): Promise<void> {
  return withDatabase(async (database) => {
    const deliveries = await webhookLog(
      database.fork(),
      id,
      Math.min(Math.max(Math.trunc(Number(limit)) || 20, 1), 1000),
    );
    for (const delivery of deliveries)
      console.log(json ? JSON.stringify(asJson(delivery)) : describeDelivery(delivery));
    if (deliveries.length === 0) console.error('Nothing has been sent there yet.');
  });
}

function sendAgain(given: string): Promise<void> {
  const [id = 0] = parseDeliveryIds([given], 'of the log');
  return withDatabase(async (database) => {
    const again = await unitOfWork(database, (em) => redeliver(em, id));
    console.log(`Delivery ${id} is sent again, as delivery ${again.id}.`);
  });
}

const describe = ({ id, url, topics }: Webhook) => `${String(id).padEnd(4)} ${url}  ${topics}`;

function describeListed({ webhook, isEnabled }: ListedWebhook): string {
  const { disabledBecause, failingSince } = webhook;
  if (!isEnabled) return `${describe(webhook)}: disabled${disabledBecause === null ? '' : `, ${disabledBecause}`}`;
  return `${describe(webhook)}${failingSince === null ? '' : `: nothing taken since ${failingSince.toISOString()}`}`;
}

function describeDelivery(delivery: Delivery): string {
  const { id, state, body, attempts, createdAt, sentAt, lastStatus, lastDurationMs, lastError, lastAnswer } = delivery;
  const { type } = JSON.parse(body) as { type: string };
  const took = lastDurationMs === null ? '' : `${lastStatus ?? '—'} in ${lastDurationMs} ms`;
  const head = [
    String(id).padEnd(6),
    (sentAt ?? createdAt).toISOString(),
    state.padEnd(9),
    type,
    `tries ${attempts}`,
    took,
  ];
  return [head.join('  ').trimEnd(), ...[lastError, lastAnswer].filter(Boolean).map((line) => `        ${line}`)].join(
    '\n',
  );
}

const asJson = (delivery: Delivery) => ({
  id: delivery.id,
  messageId: messageIdOf(delivery.firstEventId),
  state: delivery.state,
  attempts: delivery.attempts,
  createdAt: delivery.createdAt,
  sentAt: delivery.sentAt,
  status: delivery.lastStatus,
  durationMs: delivery.lastDurationMs,
  error: delivery.lastError,
  answer: delivery.lastAnswer,
  body: JSON.parse(delivery.body) as unknown,
});
