import type { EntityManager } from '@mikro-orm/core';
import { Command, Option } from 'commander';
import { unitOfWork } from '../database/unit-of-work.js';
import { hashPassword } from '../user/password.js';
import { Role, type User } from '../user/user.entity.js';
import {
  assertPassword,
  createUser,
  getByUsername,
  listUsers,
  prepareUser,
  setPassword,
  updateUser,
} from '../user/user.writes.js';
import { OPERATOR } from '../viewer.js';
import { readPassword } from './read-password.js';
import { withDatabase } from './with-database.js';

const roleOption = (description: string) => new Option('--role <role>', description).choices(Object.values(Role));

/** `catalog user`: the first admin, and help for who is locked out. */
export const userCommand = new Command('user')
  .description('Makes users, and changes who may sign in.')
  .addCommand(
    new Command('create')
      .description('Makes a user; asks for the password, or reads it from standard input.')
      .argument('<username>')
      .requiredOption('--first-name <name>', '1 to 40 characters')
      .requiredOption('--last-name <name>', '1 to 40 characters')
      .addOption(roleOption('what the user may do').default(Role.USER))
      .action(create),
  )
  .addCommand(new Command('list').description('Lists all users.').action(list))
  .addCommand(
    new Command('password')
      .description('Sets a password and ends all sessions; asks for it, or reads it from standard input.')
      .argument('<username>')
      .action(changePassword),
  )
  .addCommand(
    new Command('role')
      .description('Changes what a user may do, from the next request on.')
      .argument('<username>')
      .addArgument(new Command().createArgument('<role>').choices(Object.values(Role)))
      .action((username: string, role: Role) => change(username, { role })),
  )
  .addCommand(
    new Command('deactivate')
      .description('Keeps a user from signing in and ends all sessions.')
      .argument('<username>')
      .action((username: string) => change(username, { isActive: false })),
  );

interface CreateOptions {
  firstName: string;
  lastName: string;
  role: Role;
}

function create(username: string, { firstName, lastName, role }: CreateOptions): Promise<void> {
  return withDatabase(async (database) => {
    const user = await prepareUser({ username, firstName, lastName, role, password: await readPassword(username) });
    say(await unitOfWork(database, (em) => createUser(em, user)), 'made');
  });
}

function changePassword(username: string): Promise<void> {
  return withDatabase(async (database) => {
    const { username: exact } = await getByUsername(database.fork(), username);
    const password = await readPassword(exact);
    assertPassword(password, exact, 'password');
    const passwordHash = await hashPassword(password);
    const set = async (em: EntityManager) => setPassword(em, await getByUsername(em, exact), passwordHash);
    say(await unitOfWork(database, set), 'has a new password');
  });
}

function change(username: string, input: { role?: Role; isActive?: boolean }): Promise<void> {
  return withDatabase(async (database) => {
    const apply = async (em: EntityManager) => {
      const { id } = await getByUsername(em, username);
      return updateUser(em, OPERATOR, String(id), input);
    };
    say(await unitOfWork(database, apply), 'changed');
  });
}

function list(): Promise<void> {
  return withDatabase(async (database) => {
    let count = 0;
    for await (const user of listUsers(database.fork())) {
      console.log(describe(user));
      count += 1;
    }
    if (count === 0) console.error('There are no users yet: make one with `catalog user create`.');
  });
}

function describe({ username, role, firstName, lastName, isActive, passwordHash }: User): string {
  const notes = [...(isActive ? [] : ['not active']), ...(passwordHash === null ? ['no password'] : [])];
  return [username.padEnd(20), role.padEnd(7), `${firstName} ${lastName}`, ...notes].join('  ');
}

const say = (user: User, what: string): void => console.log(`${describe(user)}: ${what}`);
