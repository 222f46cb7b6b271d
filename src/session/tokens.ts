import { createHash, createHmac, randomBytes } from 'node:crypto';
import { createSigner, createVerifier, TokenError } from 'fast-jwt';
import { TokenExpiredError, UnauthenticatedError } from '../errors.js';
import { BoundedMap } from '../shared/bounded-map.js';
import { type Id, toId } from '../shared/id.js';

const ISSUER = 'graphql-catalog';
const AUDIENCE = 'graphql-catalog';
const ALGORITHM = 'HS256';

const MOST_VERIFIED = 1000;

/** What an access token says. What its user may do is not in it: that is looked up at each request. */
export interface AccessClaims {
  userId: Id;
  sessionId: Id;
}

/** Makes and reads access tokens. */
export interface AccessTokens {
  /** The same claims at the same time make the same token. */
  sign(claims: AccessClaims, issuedAt: Date): { token: string; expiresAt: Date };
  /** @throws TokenExpiredError for a token that was valid once; UnauthenticatedError for any other that is not */
  verify(token: string): AccessClaims;
}

/**
 * JWTs under one pinned algorithm.
 * @param secrets the first one signs; the others are accepted still, while a secret is being changed
 * @param lifetimeSeconds how long a token is good for
 * @see https://www.rfc-editor.org/rfc/rfc8725
 */
export function createAccessTokens(secrets: readonly string[], lifetimeSeconds: number): AccessTokens {
  const [current = ''] = secrets;
  const sign = createSigner({ key: current, algorithm: ALGORITHM });
  const verifiers = secrets.map((key) =>
    createVerifier({
      key,
      algorithms: [ALGORITHM],
      allowedIss: ISSUER,
      allowedAud: AUDIENCE,
      requiredClaims: ['exp', 'sub', 'sid'],
    }),
  );
  const verified = new VerifiedTokens();
  return {
    sign({ userId, sessionId }, issuedAt) {
      const iat = Math.floor(issuedAt.getTime() / 1000);
      const exp = iat + lifetimeSeconds;
      const token = sign({ iss: ISSUER, aud: AUDIENCE, sub: String(userId), sid: sessionId, iat, exp });
      return { token, expiresAt: new Date(exp * 1000) };
    },
    verify(token) {
      const kept = verified.find(token);
      if (kept) return kept;
      const { sub, sid, exp } = verifyWithAny(verifiers, token);
      const claims = { userId: toId(String(sub)), sessionId: toId(String(sid)) };
      verified.keep(token, claims, Number(exp) * 1000);
      return claims;
    },
  };
}

/** What a signed token says need not be what this service writes. */
type Verifier = (token: string) => { sub: unknown; sid: unknown; exp: unknown };

/**
 * Tokens whose signature was good, for as long as they are. The verifier's own cache takes a hash of each token, which
 * costs most of what it saves.
 */
class VerifiedTokens {
  private readonly kept = new BoundedMap<string, { claims: AccessClaims; expiresAt: number }>(MOST_VERIFIED);

  find(token: string): AccessClaims | undefined {
    const found = this.kept.get(token);
    return found && Date.now() < found.expiresAt ? found.claims : undefined;
  }

  /** @param expiresAt in epoch milliseconds */
  keep(token: string, claims: AccessClaims, expiresAt: number): void {
    this.kept.set(token, { claims, expiresAt });
  }
}

function verifyWithAny(verifiers: readonly Verifier[], token: string): ReturnType<Verifier> {
  let isExpired = false;
  for (const verify of verifiers) {
    try {
      return verify(token);
    } catch (error) {
      isExpired ||= error instanceof TokenError && error.code === TokenError.codes.expired;
    }
  }
  throw isExpired ? new TokenExpiredError() : new UnauthenticatedError('The token is not valid here.');
}

const FAMILY_BYTES = 16;
const SECRET_BYTES = 32;

/**
 * A refresh token: the family, which stays the same as long as the session lasts and finds it, and a secret, which
 * changes at each use. Only hashes of both are stored.
 */
export interface RefreshToken {
  family: Buffer;
  secret: Buffer;
}

export const makeRefreshToken = (): RefreshToken => ({
  family: randomBytes(FAMILY_BYTES),
  secret: randomBytes(SECRET_BYTES),
});

export const writeRefreshToken = ({ family, secret }: RefreshToken): string =>
  Buffer.concat([family, secret]).toString('base64url');

/** The parts of a refresh token, or undefined for a text that is none. */
export function readRefreshToken(text: string): RefreshToken | undefined {
  if (!/^[\w-]{64}$/.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  return { family: bytes.subarray(0, FAMILY_BYTES), secret: bytes.subarray(FAMILY_BYTES) };
}

/** What is stored of a part. A fast hash will do: the parts are random, nobody can try them all. */
export const hashOf = (part: Buffer): string => createHash('sha256').update(part).digest('base64url');

/**
 * The token that follows another one. It can be derived a second time, from the old token and the salt of this change,
 * by the server alone: so two tabs that refresh at the same moment get the same token, though only hashes are stored.
 */
export function nextRefreshToken({ family, secret }: RefreshToken, salt: string, key: string): RefreshToken {
  return { family, secret: createHmac('sha256', key).update('refresh').update(secret).update(salt).digest() };
}

export const makeSalt = (): string => randomBytes(SECRET_BYTES).toString('base64url');
