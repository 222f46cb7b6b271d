import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals what is kept of an answer, which may hold tokens: it takes the service's secret and the client's key, neither of
 * which the database has, to open it. The request is sealed in, too: another one opens nothing.
 * @see https://nvlpubs.nist.gov/nistpubs/Legacy/SP/nistspecialpublication800-38d.pdf
 */
export class AnswerSeal {
  private readonly keys: readonly Buffer[];

  /**
   * @param secrets the first one seals; the others open still, while a secret is being changed
   * @param request what has to be the same, as a text
   */
  constructor(
    secrets: readonly string[],
    idempotencyKey: string,
    private readonly request: string,
  ) {
    this.keys = secrets.map((secret) =>
      Buffer.from(hkdfSync('sha256', secret, '', `kept answer ${idempotencyKey}`, KEY_BYTES)),
    );
  }

  seal(text: string): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(CIPHER, this.keys[0] as Buffer, iv).setAAD(Buffer.from(this.request));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64url');
  }

  /** The text; undefined for what was sealed for another request, or with another secret. */
  open(sealed: string): string | undefined {
    const bytes = Buffer.from(sealed, 'base64url');
    for (const key of this.keys) {
      try {
        return this.openWith(key, bytes);
      } catch {
        // Not with this one.
      }
    }
    return undefined;
  }

  private openWith(key: Buffer, bytes: Buffer): string {
    const tagEnd = IV_BYTES + TAG_BYTES;
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(this.request)).setAuthTag(bytes.subarray(IV_BYTES, tagEnd));
    return Buffer.concat([decipher.update(bytes.subarray(tagEnd)), decipher.final()]).toString('utf8');
  }
}
