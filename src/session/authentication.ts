import type { Config } from '../config.js';
import type { Database } from '../database/database.js';
import type { Proof } from '../database/proof.js';
import { UnauthenticatedError } from '../errors.js';
import type { CreateLimiter } from '../limits/limiters.js';
import { BoundedMap } from '../shared/bounded-map.js';
import type { Id } from '../shared/id.js';
import type { Role } from '../user/user.entity.js';
import { type Viewer, viewerWith } from '../viewer.js';
import { openSessionProof, openSessionStatement } from './session.reads.js';
import type { SessionRules } from './session.writes.js';
import { Throttle } from './throttle.js';
import { type AccessTokens, createAccessTokens } from './tokens.js';

/** Sessions whose users' roles are kept in mind. */
const MOST_RECALLED = 10_000;

/** How this service knows who asks. */
export interface Authentication {
  readonly tokens: AccessTokens;
  readonly throttle: Throttle;
  readonly rules: SessionRules & { readonly isRegistrationOpen: boolean };
  /**
   * Who an `Authorization` header stands for; without one, nobody in particular. The session and the user are looked
   * up each time: what has ended or changed counts from the next request on, not from when a token runs out.
   * @throws UnauthenticatedError for a header that is no token of an open session; TokenExpiredError
   */
  viewerOf(authorization: string | undefined): Promise<Viewer>;
  /**
   * Whom the header stood for the last time, without a look at the database: a statement that relies on it has to carry
   * the proof. undefined where that is not known; the proof where there is something to prove.
   */
  recall(authorization: string | undefined): { viewer: Viewer; proof: Proof | undefined } | undefined;
  /** What has to hold for a viewer to be who they were; undefined for who is not signed in. */
  proofOf(viewer: Viewer): Proof | undefined;
  /** The viewer as they are now, in the same session. @throws UnauthenticatedError where it has ended */
  renew(viewer: Viewer): Promise<Viewer>;
}

/**
 * @param secret what signs tokens, and what refresh tokens are derived from
 * @param createLimiter for what counts tries to sign in
 */
export function createAuthentication(
  database: Database,
  { auth }: Config,
  secret: string,
  createLimiter: CreateLimiter,
): Authentication {
  const secrets = auth.previousSecret === undefined ? [secret] : [secret, auth.previousSecret];
  const tokens = createAccessTokens(secrets, auth.accessTokenMinutes * 60);
  const statement = openSessionStatement(database.dialect);
  const proof = openSessionProof(database.dialect);
  const roles = new BoundedMap<Id, Role>(MOST_RECALLED);
  const viewerIn = async (sessionId: Id, userId: Id): Promise<Viewer> => {
    const now = database.dialect.toDriver(new Date(), 'instant');
    const answer = await database.answer({ statement, values: [sessionId, userId, now] });
    const user = JSON.parse(answer) as { role: Role } | null;
    if (!user) throw new UnauthenticatedError('The session has ended: sign in again.');
    roles.set(sessionId, user.role);
    return viewerWith(user.role, userId, sessionId);
  };
  const proofOf = ({ role, userId, sessionId }: Viewer): Proof | undefined => {
    if (role === undefined) return undefined;
    const now = database.dialect.toDriver(new Date(), 'instant');
    return { statement: proof, values: [sessionId, userId, now, role] };
  };
  return {
    tokens,
    throttle: new Throttle(createLimiter),
    rules: {
      key: secret,
      lifetimeDays: auth.sessionDays,
      graceSeconds: auth.refreshGraceSeconds,
      isRegistrationOpen: auth.isRegistrationOpen,
    },
    async viewerOf(authorization) {
      if (authorization === undefined) return viewerWith();
      const { userId, sessionId } = tokens.verify(tokenIn(authorization));
      return viewerIn(sessionId, userId);
    },
    recall(authorization) {
      if (authorization === undefined) return { viewer: viewerWith(), proof: undefined };
      const { userId, sessionId } = tokens.verify(tokenIn(authorization));
      const role = roles.get(sessionId);
      if (!role) return undefined;
      const viewer = viewerWith(role, userId, sessionId);
      return { viewer, proof: proofOf(viewer) };
    },
    proofOf,
    async renew({ userId, sessionId }) {
      return userId === undefined || sessionId === undefined ? viewerWith() : viewerIn(sessionId, userId);
    },
  };
}

/** The token in an `Authorization` header; empty where there is none. */
function tokenIn(authorization: string): string {
  const [, token = ''] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
  return token;
}
