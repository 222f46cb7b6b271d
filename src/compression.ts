import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import Negotiator from 'negotiator';

const ENCODERS = {
  // The best compression of brotli takes longer than an answer would over most networks.
  br: (text: string) => promisify(brotliCompress)(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
  gzip: (text: string) => promisify(gzip)(text),
};

type Encoding = keyof typeof ENCODERS;

/** The encoding for an answer; undefined where the client takes none of these. */
export function encodingFor(acceptEncoding: string | undefined): Encoding | undefined {
  if (!acceptEncoding) return undefined;
  const accepted = new Negotiator({ headers: { 'accept-encoding': acceptEncoding } }).encodings(['br', 'gzip']);
  return (accepted.includes('br') ? 'br' : accepted[0]) as Encoding | undefined;
}

/** A text in an encoding; made on another thread. */
export const encode = (text: string, encoding: Encoding): Promise<Buffer> => ENCODERS[encoding](text);
