import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { packageFolder } from '../package-folder.js';

/** A file of `dist/browser`, as it goes out. */
export interface BuiltFile {
  readonly body: Buffer;
  readonly contentType: string;
  /** Of these very bytes: each compressed form has its own. */
  readonly etag: string;
  /** Absent where it goes out as it is. */
  readonly encoding?: 'br' | 'gzip';
}

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.ttf': 'font/ttf',
};

/** What the build writes beside a file, by how it is compressed; the smallest first. */
export const COMPRESSED = { br: '.br', gzip: '.gz' } as const;

/**
 * Reads a file that `npm run build` made for browsers, compressed by then where the client takes that.
 * @param name below `dist/browser`, such as `assets/explorer-D4sW2MbR.css`; letters, digits, `-`, `_` and `.` only
 * @returns undefined where there is none
 */
export async function findBuiltFile(name: string, acceptEncoding = ''): Promise<BuiltFile | undefined> {
  const contentType = CONTENT_TYPES[extname(name)];
  if (!contentType || !/^(?:\w[\w.-]*\/)?\w[\w.-]*$/.test(name)) return undefined;
  const path = join(packageFolder(), 'dist', 'browser', name);
  for (const encoding of ['br', 'gzip'] as const) {
    if (!accepts(acceptEncoding, encoding)) continue;
    const body = await readIfThere(path + COMPRESSED[encoding]);
    if (body) return { body, contentType, etag: etagOf(body), encoding };
  }
  const body = await readIfThere(path);
  return body && { body, contentType, etag: etagOf(body) };
}

const etagOf = (body: Buffer) => `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;

const accepts = (acceptEncoding: string, encoding: string) =>
  acceptEncoding.split(',').some((part) => {
    const [name = '', quality = ''] = part.split(';');
    return name.trim() === encoding && !/^\s*q=0(\.0*)?\s*$/.test(quality);
  });

const readIfThere = (path: string) =>
  readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
