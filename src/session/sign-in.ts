import type { EntityManager } from '@mikro-orm/core';
import type { GraphQLResolveInfo } from 'graphql';
import type { Context } from '../context.js';
import { ForbiddenError, InvalidCredentialsError, UnauthenticatedError } from '../errors.js';
import type { RegisterInput } from '../user/user.inputs.js';
import { LONGEST_PASSWORD } from '../user/password-rules.js';
import { createUser, getByCredentials, getStillSame, prepareUser, renewHash } from '../user/user.writes.js';
import { openSession, type RefusedRefresh, refreshSession, removeExpired } from './session.writes.js';
import { readRefreshToken } from './tokens.js';

/** @throws ForbiddenError where registration is closed, and as createUser */
export async function register(context: Context, info: GraphQLResolveInfo, input: RegisterInput): Promise<unknown> {
  const { rules, throttle } = context.auth;
  if (!rules.isRegistrationOpen) throw new ForbiddenError('Registration is closed here.');
  await throttle.countRegistration(context.address);
  // A USER, whatever the input says.
  const { username, password, firstName, lastName, age } = input;
  const user = await prepareUser({ username, password, firstName, lastName, age });
  return context.signIn(info, async (em) => openSession(em, await createUser(em, user), context.userAgent, rules));
}

/** @throws InvalidCredentialsError, RateLimitedError */
export async function login(
  context: Context,
  info: GraphQLResolveInfo,
  username: string,
  password: string,
): Promise<unknown> {
  const { rules, throttle } = context.auth;
  // The work of hashing grows with the password: what no user can have is not worth it.
  if (password.length > LONGEST_PASSWORD) throw new InvalidCredentialsError();
  const checked = await throttle.guard(username, context.address, () =>
    getByCredentials(context.fork(), username, password),
  );
  const renewedHash = await renewHash(checked, password);
  const open = async (em: EntityManager) => {
    const user = await getStillSame(em, checked);
    if (renewedHash) user.passwordHash = renewedHash;
    await removeExpired(em);
    return openSession(em, user, context.userAgent, rules);
  };
  return context.signIn(info, open, { isRehash: renewedHash !== undefined });
}

/** @throws UnauthenticatedError for a token that is no good */
export async function refresh(context: Context, info: GraphQLResolveInfo, text: string): Promise<unknown> {
  const token = readRefreshToken(text);
  if (!token) throw refusal();
  let refused: RefusedRefresh | undefined;
  const answer = await context.signIn(info, async (em) => {
    const outcome = await refreshSession(em, token, context.auth.rules);
    if (typeof outcome !== 'string') return outcome;
    refused = outcome;
    return undefined;
  });
  // Thrown here and not in the transaction, which has ended the session and must commit.
  if (refused === 'used twice') context.log.warn('A refresh token was used twice: its session has been ended');
  if (refused) throw refusal();
  return answer;
}

const refusal = () => new UnauthenticatedError('The refresh token is not good: sign in again.');
