// A small load generator, and the CPU time that a server spends on what it is sent.

import { fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { AUTH_SECRET, nodeOptions, tokenOf } from './seed.mjs';

const CONNECTIONS = 16;

/** Starts the built service on a database, as a process of its own. */
export async function startService(kind, environment) {
  const port = 18_400 + Math.floor(Math.random() * 1000);
  const begun = performance.now();
  const child = fork(fileURLToPath(new URL('serve.mjs', import.meta.url)), [kind], {
    execArgv: nodeOptions(),
    env: { ...process.env, NODE_ENV: 'production', PORT: String(port), AUTH_SECRET, ...environment },
  });
  const url = `http://127.0.0.1:${port}`;
  await ready(child, url);
  return {
    url: `${url}/graphql`,
    startMs: performance.now() - begun,
    /** User and system time so far, in milliseconds, and memory in megabytes. */
    usage: () => new Promise((resolve) => child.once('message', resolve).send('usage')),
    stop: () => new Promise((resolve) => child.once('exit', resolve).kill('SIGTERM')),
  };
}

async function ready(child, url) {
  for (let attempt = 0; attempt < 3000; attempt += 1) {
    if (child.exitCode !== null) throw new Error('The service did not start.');
    if (
      await fetch(`${url}/health/ready`)
        .then((answer) => answer.ok)
        .catch(() => false)
    )
      return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('The service did not become ready.');
}

/**
 * Sends operations for some seconds over kept connections.
 * @param {() => [query: string, variables?: object, onAnswer?: (data: object) => void]} next
 * @returns {Promise<number>} how many were answered
 */
export async function load(url, admin, seconds, next) {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${tokenOf(admin)}` };
  const end = performance.now() + seconds * 1000;
  let answered = 0;
  const client = async () => {
    while (performance.now() < end) {
      const [query, variables, onAnswer] = next();
      const { data, errors } = await send(url, agent, headers, JSON.stringify({ query, variables }));
      if (errors) throw new Error(`${query}: ${JSON.stringify(errors)}`);
      onAnswer?.(data);
      answered += 1;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, client));
  agent.destroy();
  return answered;
}

function send(url, agent, headers, body) {
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method: 'POST',
      agent,
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    });
    sent.on('error', reject).on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part) => (text += part));
      response.on('end', () => resolve(JSON.parse(text))).on('error', reject);
    });
    sent.end(body);
  });
}

/** User and system time of PostgreSQL's processes for a database, in milliseconds; for a server on this machine. */
export async function postgresUsage(client, database) {
  const { rows } = await client.query('select pid from pg_stat_activity where datname = $1', [database]);
  let ticks = 0;
  for (const { pid } of rows) {
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1].split(' ');
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks * 10;
}
