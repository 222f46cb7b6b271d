import { type EntityManager, LockMode, ref } from '@mikro-orm/core';
import { type Id, toId } from '../shared/id.js';
import type { User } from '../user/user.entity.js';
import { Session } from './session.entity.js';
import { hashOf, makeRefreshToken, makeSalt, nextRefreshToken, type RefreshToken } from './tokens.js';
import { DAY, SECOND } from '../shared/durations.js';

/** What signing in or refreshing leads to: the session and the pair of tokens that is good for it now. */
export interface OpenSession {
  session: Session;
  user: User;
  refreshToken: RefreshToken;
  /** When the pair was made: the same pair again for two refreshes at once. */
  issuedAt: Date;
}

/** How sessions last. */
export interface SessionRules {
  /** After the last refresh. */
  readonly lifetimeDays: number;
  /** How long the refresh token before is answered still. */
  readonly graceSeconds: number;
  /** From which refresh tokens are derived. */
  readonly key: string;
}

/** Signs a user in. */
export function openSession(
  em: EntityManager,
  user: User,
  userAgent: string | undefined,
  { lifetimeDays }: SessionRules,
): OpenSession {
  const refreshToken = makeRefreshToken();
  const now = new Date();
  const session = em.create(Session, {
    user: ref(user),
    createdAt: now,
    lastUsedAt: now,
    expiresAt: new Date(now.getTime() + lifetimeDays * DAY),
    userAgent: userAgent?.slice(0, 500) ?? null,
    familyHash: hashOf(refreshToken.family),
    secretHash: hashOf(refreshToken.secret),
    previousSecretHash: null,
    salt: null,
  });
  return { session, user, refreshToken, issuedAt: now };
}

/** Why a refresh token is no good. 'used twice' means that somebody has a copy of it: its session has been ended. */
export type RefusedRefresh = 'unknown' | 'used twice';

/**
 * Changes a refresh token for the next pair. The token that has just been changed is answered with the same pair for a
 * few seconds, for two tabs that refresh at once; after that, using it again ends the session.
 */
export async function refreshSession(
  em: EntityManager,
  token: RefreshToken,
  rules: SessionRules,
): Promise<OpenSession | RefusedRefresh> {
  const session = await em.findOne(
    Session,
    { familyHash: hashOf(token.family) },
    { lockMode: LockMode.PESSIMISTIC_WRITE },
  );
  const now = new Date();
  const user = await session?.user.load();
  if (!session || !user?.isActive || session.expiresAt <= now) return 'unknown';
  const secretHash = hashOf(token.secret);
  if (secretHash === session.secretHash) return rotate(session, user, token, now, rules);
  const isRecent = now.getTime() - session.lastUsedAt.getTime() <= rules.graceSeconds * SECOND;
  if (secretHash === session.previousSecretHash && isRecent && session.salt !== null) {
    return {
      session,
      user,
      refreshToken: nextRefreshToken(token, session.salt, rules.key),
      issuedAt: session.lastUsedAt,
    };
  }
  em.remove(session);
  return 'used twice';
}

function rotate(
  session: Session,
  user: User,
  token: RefreshToken,
  now: Date,
  { key, lifetimeDays }: SessionRules,
): OpenSession {
  const salt = makeSalt();
  const refreshToken = nextRefreshToken(token, salt, key);
  session.salt = salt;
  session.previousSecretHash = session.secretHash;
  session.secretHash = hashOf(refreshToken.secret);
  session.lastUsedAt = now;
  session.expiresAt = new Date(now.getTime() + lifetimeDays * DAY);
  return { session, user, refreshToken, issuedAt: now };
}

/** Ends one of a user's own sessions. @returns whether there was such a session */
export async function endSession(em: EntityManager, userId: Id, sessionId: string): Promise<boolean> {
  return (await em.nativeDelete(Session, { id: toId(sessionId), user: userId })) > 0;
}

/** Ends all sessions of a user, but for one that is to stay. @returns whether there were any */
export async function endSessions(em: EntityManager, userId: Id, but?: Id): Promise<boolean> {
  const others = but === undefined ? {} : { id: { $ne: but } };
  return (await em.nativeDelete(Session, { user: userId, ...others })) > 0;
}

/** Removes some sessions that have expired: a few at each sign-in keep the table from growing. */
export async function removeExpired(em: EntityManager): Promise<void> {
  const expired = await em.find(
    Session,
    { expiresAt: { $lt: new Date() } },
    { fields: ['id'], limit: 20, disableIdentityMap: true },
  );
  if (expired.length > 0) await em.nativeDelete(Session, { id: { $in: expired.map(({ id }) => id) } });
}
