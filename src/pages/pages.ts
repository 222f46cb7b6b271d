import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Config } from '../config.js';
import { pageHeaders } from '../security-headers.js';
import { findBuiltFile } from './built-file.js';
import { OPENER_POLICIES, type Page, PAGE_SOURCES } from './page-sources.js';

/** What decides which pages there are. */
type PageConfig = Pick<Config, 'landingPage' | 'schemaDetails'>;

const YEAR = 'public, max-age=31536000, immutable';

/**
 * Answers what a browser asks for besides the API: `/`, `/explorer`, `/reference` and the files that belong to them.
 * @returns whether the path was one of these
 */
export async function answerPage(
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
  config: PageConfig,
): Promise<boolean> {
  const answer = answerOf(path, request, config);
  if (!answer) return false;
  if (request.method === 'GET' || request.method === 'HEAD') await answer(response);
  else response.writeHead(405, { allow: 'GET, HEAD' }).end();
  return true;
}

type Answer = (response: ServerResponse) => Promise<void> | void;

function answerOf(
  path: string,
  request: IncomingMessage,
  { landingPage, schemaDetails }: PageConfig,
): Answer | undefined {
  if (path === '/explorer') return (response) => sendPage('explorer', request, response);
  if (path === '/reference') {
    // It says what introspection does.
    if (!schemaDetails.introspection) return (response) => sendMissing(response, CLOSED_REFERENCE);
    return (response) => sendPage('reference', request, response);
  }
  if (path.startsWith('/assets/')) return (response) => sendAsset(path.slice(1), request, response);
  if (path === '/favicon.ico') return (response) => sendIcon(request, response);
  if (path !== '/') return undefined;
  if (landingPage === 'none' || !isForPerson(request))
    return (response) => sendDirectory(response, schemaDetails.introspection);
  if (landingPage === 'sandbox') return (response) => sendPage('landing', request, response);
  return (response) => void response.writeHead(302, { location: landingPage, vary: 'accept' }).end();
}

/** Whether a browser shows the answer to somebody, rather than a program reading it. */
export const isForPerson = ({ headers }: IncomingMessage): boolean => headers.accept?.includes('text/html') ?? false;

/** What a program that asks at the root is told. */
function sendDirectory(response: ServerResponse, hasReference: boolean): void {
  const directory = {
    name: 'graphql-catalog',
    graphql: '/graphql',
    explorer: '/explorer',
    ...(hasReference && { reference: '/reference' }),
    health: ['/health/live', '/health/ready'],
  };
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8', vary: 'accept' });
  response.end(JSON.stringify(directory));
}

async function sendPage(page: Page, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const headers = { ...pageHeaders(PAGE_SOURCES[page], OPENER_POLICIES[page]), 'cache-control': 'no-cache' };
  if (!(await sendFile(`${page}/index.html`, headers, request, response))) {
    sendMissing(response, 'This page has not been built: run `npm run build`.');
  }
}

const CLOSED_REFERENCE = 'The reference is closed where introspection is: INTROSPECTION=true opens both.';

function sendMissing(response: ServerResponse, why: string): void {
  response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' }).end(`${why}\n`);
}

async function sendAsset(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const headers = { 'cache-control': YEAR };
  // Its name holds a hash of its content.
  if (!(await sendFile(name, headers, request, response))) response.writeHead(404).end();
}

/** What browsers ask for beside an answer that is no page, and Apollo Sandbox beside any. */
async function sendIcon(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (!(await sendFile('icon.svg', { 'cache-control': 'no-cache' }, request, response))) response.writeHead(404).end();
}

/** Sends a file, or that the client has it already. @returns whether there is such a file */
async function sendFile(
  name: string,
  headers: OutgoingHttpHeaders,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const file = await findBuiltFile(name, request.headers['accept-encoding']?.toString());
  if (!file) return false;
  const cacheHeaders = {
    ...headers,
    etag: file.etag,
    vary: name.endsWith('.html') ? 'accept, accept-encoding' : 'accept-encoding',
  };
  if (hasAlready(request.headers['if-none-match'], file.etag)) {
    response.writeHead(304, cacheHeaders).end();
    return true;
  }
  response.writeHead(200, {
    ...cacheHeaders,
    'content-type': file.contentType,
    'content-length': file.body.length,
    ...(file.encoding && { 'content-encoding': file.encoding }),
  });
  response.end(file.body);
  return true;
}

/**
 * Whether the client keeps what it would be sent. A proxy that compresses may have made a tag weak: that is the same here.
 * @see https://www.rfc-editor.org/rfc/rfc9110#name-if-none-match
 */
const hasAlready = (ifNoneMatch: string | undefined, etag: string): boolean =>
  ifNoneMatch?.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag) ?? false;
