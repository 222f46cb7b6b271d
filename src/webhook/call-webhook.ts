import { type IncomingMessage, request as requestPlainly } from 'node:http';
import { request as requestSafely } from 'node:https';
import { Webhook as Signer } from 'standardwebhooks';
import { abortedProblem, type Outcome, type ReceivedAnswer } from '../delivery/outcome.js';
import type { Agents } from './guarded-connection.js';

/** How much of an answer is kept, and how much is listened to. */
const KEPT_CHARACTERS = 500;
const MOST_BYTES = 64 * 1024;
const MOST_RETRY_AFTER_SECONDS = 86_400;

/** One call of a receiver. */
export interface WebhookCall {
  readonly url: string;
  readonly secret: string;
  /** The same each time that the same event is sent: a receiver knows by it what it has had. */
  readonly messageId: string;
  readonly body: string;
}

/**
 * Posts a signed message. A receiver takes it by answering 2xx in time; a redirect is no such answer, and is not followed.
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
export async function callWebhook(call: WebhookCall, agents: Agents, signal: AbortSignal): Promise<Outcome> {
  const startedAt = performance.now();
  const lasted = () => Math.round(performance.now() - startedAt);
  try {
    const response = await post(call, agents, signal);
    const start = await readStart(response, signal);
    return outcomeOf(response, { status: response.statusCode, durationMs: lasted(), start });
  } catch (error) {
    return { kind: 'failed', error: problemOf(error, signal), answer: { durationMs: lasted() } };
  }
}

function post({ url, ...message }: WebhookCall, agents: Agents, signal: AbortSignal): Promise<IncomingMessage> {
  const { protocol } = new URL(url) as { protocol: 'http:' | 'https:' };
  const request = protocol === 'https:' ? requestSafely : requestPlainly;
  return new Promise((resolve, reject) => {
    request(url, { method: 'POST', agent: agents[protocol], headers: headersOf(message), signal })
      .once('response', resolve)
      .on('error', reject)
      .end(message.body);
  });
}

function headersOf({ secret, messageId, body }: Omit<WebhookCall, 'url'>): Record<string, string> {
  const now = new Date();
  return {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'user-agent': 'graphql-catalog',
    'webhook-id': messageId,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
    'webhook-signature': new Signer(secret).sign(messageId, now, body),
  };
}

/** The beginning of an answer. Who answers without end is not listened to. */
async function readStart(response: IncomingMessage, signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      if (bytes < KEPT_CHARACTERS * 4) chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > MOST_BYTES) break;
    }
  } catch (error) {
    // The status says already whether it was taken; what is in time of the rest is enough.
    if (signal.aborted && bytes === 0) throw error;
  } finally {
    response.destroy();
  }
  return printable(Buffer.concat(chunks).toString('utf8')).slice(0, KEPT_CHARACTERS).toWellFormed();
}

/** What can be kept in every database and shown in a terminal. */
const printable = (text: string) =>
  text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/\p{Cc}/gu, '')
    .trim();

function outcomeOf({ statusCode = 0, headers }: IncomingMessage, answer: ReceivedAnswer): Outcome {
  if (statusCode >= 200 && statusCode < 300) return { kind: 'delivered', answer };
  if (statusCode === 410)
    return { kind: 'refused', error: '410 Gone: nothing more is wanted there', answer, isGone: true };
  const isRedirect = statusCode >= 300 && statusCode < 400;
  const error = isRedirect ? `${statusCode}: redirects are not followed` : `answered ${statusCode}`;
  return { kind: 'failed', error, answer, retryAfterSeconds: secondsIn(headers['retry-after']) };
}

/** What `Retry-After` asks for: seconds, or a date. */
function secondsIn(retryAfter: string | undefined): number | undefined {
  if (retryAfter === undefined) return undefined;
  const seconds = /^\d+$/.test(retryAfter) ? Number(retryAfter) : (Date.parse(retryAfter) - Date.now()) / 1000;
  return seconds > 0 ? Math.min(seconds, MOST_RETRY_AFTER_SECONDS) : undefined;
}

function problemOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return abortedProblem(signal);
  const { code, errors } = error as NodeJS.ErrnoException & { errors?: NodeJS.ErrnoException[] };
  const codes = new Set([code, ...(errors ?? []).map((each) => each.code)]);
  if (codes.has('ERR_IP_BLOCKED')) return 'leads to an address inside the network (WEBHOOK_ALLOW_PRIVATE allows that)';
  return `no answer (${code ?? (error as Error).name})`;
}
