import { type EntityManager, LockMode } from '@mikro-orm/core';
import type { ReadingViewer } from '../database/param.js';
import { LostRace } from '../database/lost-race.js';
import { findTakenSlugs, flush, getForUpdate, lock } from '../database/unit-of-work.js';
import { BadUserInputError, ConflictError, ForbiddenError, InvalidCredentialsError, NotFoundError } from '../errors.js';
import { toId } from '../shared/id.js';
import { validate, withoutUndefined } from '../shared/input-rules.js';
import { findFreeSlug, toSlug } from '../shared/slug.js';
import { endSessions } from '../session/session.writes.js';
import { foldCase, illFormedText } from '../shared/text.js';
import { hashPassword, isOutdated, isPassword } from './password.js';
import { problemOfPassword } from './password-rules.js';
import { Role, User } from './user.entity.js';
import { type CreateUserInput, createUserRules, type UpdateUserInput, updateUserRules } from './user.inputs.js';

/** A user whose password has been hashed already: that takes time, and no transaction should wait for it. */
export interface NewUser {
  username: string;
  firstName: string;
  lastName: string;
  age?: number | null;
  role?: Role | null;
  passwordHash: string;
}

/** @throws BadUserInputError for what breaks a rule */
export async function prepareUser(input: CreateUserInput): Promise<NewUser> {
  const { password, ...user } = validate(createUserRules, input);
  return { ...user, passwordHash: await hashPassword(password) };
}

/** @throws ConflictError for a username that is taken */
export async function createUser(em: EntityManager, { username, age, role, ...fields }: NewUser): Promise<User> {
  const user = em.create(User, {
    ...fields,
    username,
    slug: await findFreeUserSlug(em, username),
    age: age ?? null,
    role: role ?? Role.USER,
  });
  await flushUser(em, user);
  return user;
}

/** A policy: who may change a profile at all. */
const canEdit = (viewer: ReadingViewer, id: string) => viewer.isAdmin || viewer.userId === toId(id);

/**
 * Changes a profile; role and isActive are for admins.
 * @throws ForbiddenError for somebody else's profile, there or not; ConflictError for a username that is taken, and
 *   where no active admin would be left
 */
export async function updateUser(
  em: EntityManager,
  viewer: ReadingViewer,
  id: string,
  input: UpdateUserInput,
  expectedVersion?: number,
): Promise<User> {
  if (!canEdit(viewer, id)) throw new ForbiddenError('Only an ADMIN may change the profile of somebody else.');
  const { username, age, ...changes } = validate(updateUserRules, input);
  const touchesAdmins = changes.role !== undefined || changes.isActive !== undefined;
  if (touchesAdmins && !viewer.isAdmin) throw new ForbiddenError('Only an ADMIN may change role or isActive.');
  if (touchesAdmins) await lock(em, 'admins');
  const user = await getForUpdate(em, User, id, expectedVersion);
  if (changes.role && changes.role !== Role.ADMIN) await assertNotLastAdmin(em, user);
  if (changes.isActive === false) {
    await assertNotLastAdmin(em, user);
    await endSessions(em, user.id);
  }
  if (username !== undefined && username !== user.username) {
    user.slug = await findFreeUserSlug(em, username, user);
    user.username = username;
  }
  if (age !== undefined) user.age = age;
  em.assign(user, withoutUndefined(changes));
  await flushUser(em, user);
  return user;
}

/** A user who may be deleted. @throws ConflictError for the last active admin */
export async function getUserToDelete(em: EntityManager, id: string, expectedVersion?: number): Promise<User> {
  await lock(em, 'admins');
  const user = await getForUpdate(em, User, id, expectedVersion);
  await assertNotLastAdmin(em, user);
  return user;
}

/** Deletes a user with all sessions. */
export async function deleteUser(em: EntityManager, user: User): Promise<void> {
  em.remove(user);
}

/** The service must not be left with nobody who can run it; the caller holds the lock on admins. */
async function assertNotLastAdmin(em: EntityManager, user: User): Promise<void> {
  if (user.role !== Role.ADMIN || !user.isActive) return;
  const others = await em.count(User, { role: Role.ADMIN, isActive: true, id: { $ne: user.id } });
  if (others === 0) throw new ConflictError(`User ${user.id} is the last active admin.`);
}

/**
 * The user behind a username and password.
 * @throws InvalidCredentialsError for an unknown user, a wrong password and an inactive user alike, after the same work
 */
export async function getByCredentials(em: EntityManager, username: string, password: string): Promise<User> {
  // A database refuses to look for what it can't hold.
  const user = illFormedText(username) ? null : await em.findOne(User, { usernameKey: foldCase(username) });
  const isRight = await isPassword(password, user?.passwordHash);
  if (!user || !isRight || !user.isActive) throw new InvalidCredentialsError();
  return user;
}

/**
 * The same user again, locked, within the transaction that relies on the password just checked.
 * @throws InvalidCredentialsError where the password or the user changed meanwhile
 */
export async function getStillSame(em: EntityManager, checked: User): Promise<User> {
  const user = await em.findOne(User, { id: checked.id }, { lockMode: LockMode.PESSIMISTIC_WRITE });
  if (!user || !user.isActive || user.passwordHash !== checked.passwordHash) throw new InvalidCredentialsError();
  return user;
}

/** The hash to store after a sign-in where today's cost is another one; undefined where it is the same. */
export async function renewHash(checked: User, password: string): Promise<string | undefined> {
  return checked.passwordHash && isOutdated(checked.passwordHash) ? hashPassword(password) : undefined;
}

/** @throws BadUserInputError naming the argument for a password that may not be used */
export function assertPassword(password: string, username: string, path: string): void {
  const message = problemOfPassword(password, username);
  if (message) throw new BadUserInputError([{ path, message }]);
}

/** @throws NotFoundError */
export async function getByUsername(em: EntityManager, username: string): Promise<User> {
  const user = await em.findOne(User, { usernameKey: foldCase(username) });
  if (!user) throw new NotFoundError('User', username);
  return user;
}

/** Gives a user a password, for who runs the service; all sessions end. */
export async function setPassword(em: EntityManager, user: User, passwordHash: string): Promise<User> {
  user.passwordHash = passwordHash;
  await endSessions(em, user.id);
  return user;
}

const BATCH = 500;

/** All users by id, a batch at a time. */
export async function* listUsers(em: EntityManager): AsyncGenerator<User> {
  let last = 0;
  for (;;) {
    const batch = await em.find(
      User,
      { id: { $gt: last } },
      { orderBy: { id: 'asc' }, limit: BATCH, disableIdentityMap: true },
    );
    yield* batch;
    if (batch.length < BATCH) return;
    last = batch.at(-1)?.id ?? last;
  }
}

const findFreeUserSlug = (em: EntityManager, username: string, own?: User): Promise<string> =>
  findFreeSlug(toSlug(username), async (slugs) => {
    const taken = await findTakenSlugs(em, User)(slugs);
    if (own) taken.delete(own.slug);
    return taken;
  });

const flushUser = (em: EntityManager, user: User) =>
  flush(em, {
    users_username_key_unique: () => new ConflictError(`The username "${user.username}" is taken.`),
    users_slug_unique: () => new LostRace(`slug ${user.slug}`),
  });
