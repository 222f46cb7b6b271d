import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Config } from '../config.js';
import type { Place } from '../listen.js';
import type { Metrics } from './metrics.js';
import type { Telemetry } from './telemetry.js';

/** Answers `GET /metrics`. @param token that a reader has to send as `Authorization: Bearer`; undefined: none */
export async function answerMetrics(
  { headers }: IncomingMessage,
  response: ServerResponse,
  metrics: Metrics,
  token: string | undefined,
): Promise<void> {
  if (token !== undefined && !isBearer(headers.authorization, token)) {
    response.writeHead(401, { 'www-authenticate': 'Bearer', 'content-type': 'text/plain; charset=utf-8' });
    response.end('Send the token of METRICS_TOKEN as `Authorization: Bearer …`.\n');
    return;
  }
  const text = await metrics.text();
  response.writeHead(200, { 'content-type': metrics.contentType, 'cache-control': 'no-store' }).end(text);
}

/** A server of the metrics' own, which a firewall can close to the world; undefined where none is configured. */
export function createMetricsServer(
  { metrics }: Telemetry,
  { metrics: settings, host }: Config,
): { server: Server; place: Place } | undefined {
  if (!metrics || settings?.port === undefined) return undefined;
  const server = createServer((request, response) => {
    if (request.url?.split('?', 1)[0] !== '/metrics') response.writeHead(404).end();
    else answerMetrics(request, response, metrics, settings.token).catch(() => response.destroy());
  });
  return { server, place: { host, port: settings.port, variable: 'METRICS_PORT' } };
}

/** Compares what has the same length for any token, so that the time tells nothing. */
const isBearer = (authorization: string | undefined, token: string) =>
  timingSafeEqual(sha256(authorization ?? ''), sha256(`Bearer ${token}`));

const sha256 = (text: string) => createHash('sha256').update(text).digest();
