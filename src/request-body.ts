import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { MIMEType } from 'node:util';
import { badRequest } from './http-error.js';

/**
 * The JSON value in the body of a request; undefined for an empty one.
 * @throws HttpError for another content type, a body that is compressed, too large, no JSON, or a batch
 */
export async function readJsonBody(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  assertReadable(request.headers);
  const text = await readText(request, maxBytes);
  if (text === '') return undefined;
  const value = parse(text);
  if (Array.isArray(value)) throw badRequest(400, 'A request is one operation: batches are not taken.');
  return value;
}

/**
 * Refuses all that is no JSON in UTF-8. A page of another origin can send a form without a question asked; JSON, a browser
 * sends only where CORS allows it: so this is what prevents Cross-Site Request Forgery.
 */
function assertReadable({ 'content-type': contentType, 'content-encoding': encoding }: IncomingHttpHeaders): void {
  if (!isJson(contentType)) {
    throw badRequest(
      415,
      "The request must have `content-type: application/json`, in UTF-8, so that no other page's form can send it.",
    );
  }
  if (encoding !== undefined && encoding !== 'identity') throw badRequest(415, 'The request must not be compressed.');
}

/** Whether a content type is JSON in UTF-8. */
export function isJson(contentType: string | undefined): boolean {
  if (contentType === 'application/json') return true;
  if (contentType === undefined) return false;
  try {
    const { essence, params } = new MIMEType(contentType);
    return essence === 'application/json' && (params.get('charset') ?? 'utf-8').toLowerCase() === 'utf-8';
  } catch {
    return false;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badRequest(400, 'The request is no JSON.');
  }
}

function readText(request: IncomingMessage, maxBytes: number): Promise<string> {
  const tooLarge = () => badRequest(413, `The request is larger than ${maxBytes} bytes.`);
  // What says how large it is need not be received to be refused.
  if (Number(request.headers['content-length']) > maxBytes) throw tooLarge();
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) reject(tooLarge());
      else chunks.push(chunk);
    });
    request.on('end', () =>
      resolve((chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)).toString('utf8')),
    );
    request.on('error', reject);
    request.on('close', () => {
      // An error costs its stack, and this is the end of every request.
      if (!request.complete) reject(new Error('The client went away.'));
    });
  });
}
