import type { GraphQLResolveInfo } from 'graphql';
import type { Context } from '../context.js';
import { UnauthenticatedError } from '../errors.js';
import { endSessions } from '../session/session.writes.js';
import { hashPassword } from './password.js';
import { User } from './user.entity.js';
import { assertPassword, getByCredentials, getStillSame } from './user.writes.js';

/** @throws InvalidCredentialsError, RateLimitedError; BadUserInputError for a new password that may not be used */
export async function changePassword(
  context: Context,
  info: GraphQLResolveInfo,
  current: string,
  next: string,
): Promise<unknown> {
  const { userId, sessionId } = context.signedIn();
  const em = context.fork();
  const user = await em.findOne(User, { id: userId });
  if (!user) throw new UnauthenticatedError();
  assertPassword(next, user.username, 'newPassword');
  const checked = await context.auth.throttle.guard(user.username, context.address, () =>
    getByCredentials(em, user.username, current),
  );
  const passwordHash = await hashPassword(next);
  return context.write(info, async (inner) => {
    const same = await getStillSame(inner, checked);
    same.passwordHash = passwordHash;
    await endSessions(inner, userId, sessionId);
    return same;
  });
}
