import type { Config } from '../config.js';
import type { Database } from '../database/database.js';
import { UnauthenticatedError } from '../errors.js';
import type { Role } from '../user/user.entity.js';
import { type Viewer, viewerWith } from '../viewer.js';
import { openSessionStatement } from './session.reads.js';
import type { SessionRules } from './session.writes.js';
import { Throttle } from './throttle.js';
import { type AccessTokens, createAccessTokens } from './tokens.js';

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
}

/** @param secret what signs tokens, and what refresh tokens are derived from */
export function createAuthentication(database: Database, { auth }: Config, secret: string): Authentication {
  const secrets = auth.previousSecret === undefined ? [secret] : [secret, auth.previousSecret];
  const tokens = createAccessTokens(secrets, auth.accessTokenMinutes * 60);
  const statement = openSessionStatement(database.dialect);
  return {
    tokens,
    throttle: new Throttle(),
    rules: {
      key: secret,
      lifetimeDays: auth.sessionDays,
      graceSeconds: auth.refreshGraceSeconds,
      isRegistrationOpen: auth.isRegistrationOpen,
    },
    async viewerOf(authorization) {
      if (authorization === undefined) return viewerWith();
      const [, token = ''] = /^Bearer +(\S+)$/i.exec(authorization) ?? [];
      const { userId, sessionId } = tokens.verify(token);
      const now = database.dialect.toDriver(new Date(), 'instant');
      const user = (await database.answer({ statement, values: [sessionId, userId, now] })) as { role: Role } | null;
      if (!user) throw new UnauthenticatedError('The session has ended: sign in again.');
      return viewerWith(user.role, userId, sessionId);
    },
  };
}
