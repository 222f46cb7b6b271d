import { argon2id, hash, needsRehash, verify } from 'argon2';

/**
 * How costly a guess is: 19 MiB, two passes, one lane.
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#argon2id
 */
const COST = { type: argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Argon2id in PHC format. The work is done outside of the event loop. */
export const hashPassword = (password: string): Promise<string> => hash(password, COST);

/** Whether a hash was made at another cost than is asked for today; it is made anew at the next sign-in. */
export const isOutdated = (passwordHash: string): boolean => needsRehash(passwordHash, COST);

let nobodysHash: Promise<string> | undefined;

/**
 * Whether a password is the one behind a hash. Without a hash the same work is done for nothing: how long it takes
 * does not tell whether the user exists.
 */
export async function isPassword(password: string, passwordHash: string | null | undefined): Promise<boolean> {
  nobodysHash ??= hashPassword('nobody has this password');
  const isRight = await verify(passwordHash ?? (await nobodysHash), password);
  return isRight && passwordHash !== null && passwordHash !== undefined;
}
