import { describe, expect, test } from 'vitest';
import { dataOf } from '../support/catalogue.js';
import { contentsOfDatabase } from '../support/contents.js';
import { PASSWORD, person, type Person, signIn } from '../support/people.js';
import { type Client, useService } from '../support/service.js';

const service = useService();

const createUser = (input: Record<string, unknown>) =>
  service.admin(
    'mutation ($input: CreateUserInput!) { createUser(input: $input) { id username slug firstName lastName fullName age role isActive version } }',
    { input: { password: PASSWORD, firstName: 'Rick', lastName: 'Sanchez', ...input } },
  );
const updateUser = (id: string, input: Record<string, unknown>, ask = service.admin, expectedVersion?: number) =>
  ask(
    `mutation ($id: ID!, $input: UpdateUserInput!, $expectedVersion: Int) {
      updateUser(id: $id, input: $input, expectedVersion: $expectedVersion) { id username slug fullName age role isActive version }
    }`,
    { id, input, expectedVersion },
  );

test('is made with all fields, and a slug from the username', async () => {
  const { createUser: user } = dataOf(await createUser({ username: 'Птичья.Личность', age: 42, role: 'CASHIER' }));
  expect(user).toEqual({
    id: expect.any(String),
    username: 'Птичья.Личность',
    slug: expect.stringMatching(/^ptichya-lichnost$/),
    firstName: 'Rick',
    lastName: 'Sanchez',
    fullName: 'Rick Sanchez',
    age: 42,
    role: 'CASHIER',
    isActive: true,
    version: 1,
  });
});

test('has a slug of its own where the usernames differ in signs only', async () => {
  const slugs = [];
  for (const username of ['a.b.c', 'a-b-c', 'a_b_c'])
    slugs.push(dataOf(await createUser({ username })).createUser.slug);
  expect(slugs).toEqual(['a-b-c', 'a-b-c-2', 'a-b-c-3']);
});

test.each([
  ['username', { username: 'ab' }],
  ['username', { username: 'a'.repeat(21) }],
  ['username', { username: 'rick sanchez' }],
  ['username', { username: 'rick@home' }],
  ['firstName', { firstName: '' }],
  ['lastName', { lastName: 'x'.repeat(41) }],
  ['age', { age: -1 }],
  ['age', { age: 151 }],
  ['password', { password: 'too short' }],
  ['password', { password: 'x'.repeat(201) }],
  ['password', { username: 'RickSanchez', password: 'ricksanchez' }],
  ['password', { password: '1234567890' }],
  ['password', { password: 'QWERTYUIOP' }],
])('with a wrong %s is refused: %j', async (field, input) => {
  const before = await contentsOfDatabase(service.server.database);
  const answer = await createUser({ username: 'refused', ...input });
  expect(answer).toFailWith({ code: 'BAD_USER_INPUT', path: ['createUser'], fields: [`input.${field}`] });
  expect(JSON.stringify(answer)).not.toContain(String((input as { password?: string }).password));
  expect(await contentsOfDatabase(service.server.database)).toEqual(before);
});

test.each(['Scary.Terry', 'scary.terry', 'SCARY.TERRY'])(
  '"%s" is taken once scary.terry is there',
  async (username) => {
    await createUser({ username: 'scary.terry' });
    expect(await createUser({ username })).toFailWith({ code: 'CONFLICT', path: ['createUser'] });
  },
);

test('role and id smuggled into a registration are refused', async () => {
  for (const smuggled of ['role: ADMIN', 'id: 1', 'isActive: true', 'passwordHash: "x"']) {
    const answer = await service.anonymous(
      `mutation { register(input: { username: "smuggler", password: "${PASSWORD}", firstName: "S", lastName: "S", ${smuggled} }) { accessToken } }`,
    );
    expect(answer).toFailWith({ code: 'GRAPHQL_VALIDATION_FAILED' });
    const variable = await service.anonymous(
      'mutation ($input: RegisterInput!) { register(input: $input) { accessToken } }',
      {
        input: {
          username: 'smuggler',
          password: PASSWORD,
          firstName: 'S',
          lastName: 'S',
          [smuggled.split(':')[0] ?? '']: 'ADMIN',
        },
      },
    );
    expect(variable.errors?.[0]?.extensions.code).toBe('BAD_USER_INPUT');
  }
  expect(dataOf(await service.admin('{ user(username: "smuggler") { id } }')).user).toBeNull();
});

describe('the own profile', () => {
  test('may be edited, but for role and isActive', async () => {
    const rick = await person(service);
    const { updateUser: changed } = dataOf(
      await updateUser(rick.id, { firstName: 'Pickle', age: null, username: `${rick.username}x` }, rick.ask, 1),
    );
    expect(changed).toMatchObject({
      fullName: 'Pickle Sanchez',
      age: null,
      username: `${rick.username}x`,
      slug: `${rick.username}x`,
      version: 2,
    });
    for (const input of [{ role: 'ADMIN' }, { isActive: true }, { role: 'USER' }]) {
      expect(await updateUser(rick.id, input, rick.ask)).toFailWith({ code: 'FORBIDDEN', path: ['updateUser'] });
    }
    expect(await updateUser(rick.id, { age: 70 }, rick.ask, 1)).toFailWith({
      code: 'VERSION_CONFLICT',
      path: ['updateUser'],
    });
    expect((await signIn(service, `${rick.username}x`)).id).toBe(rick.id);
  });

  test('is the only one that others than admins see or edit, whatever id they guess', async () => {
    const [rick, morty] = [await person(service, 'CASHIER'), await person(service)];
    const query = 'query ($id: ID, $username: String) { user(id: $id, username: $username) { id } }';
    expect(dataOf(await rick.ask(query, { id: rick.id })).user).toEqual({ id: rick.id });
    expect(dataOf(await rick.ask(query, { username: rick.username.toUpperCase() })).user).toEqual({ id: rick.id });
    expect(dataOf(await rick.ask(query, { id: morty.id })).user).toBeNull();
    expect(dataOf(await rick.ask(query, { username: morty.username })).user).toBeNull();
    const forbidden = await updateUser(morty.id, { age: 1 }, rick.ask);
    expect(forbidden).toFailWith({ code: 'FORBIDDEN', path: ['updateUser'] });
    expect((await updateUser('999999', { age: 1 }, rick.ask)).errors).toEqual(forbidden.errors);
  });

  test('has sessions that nobody else sees or ends', async () => {
    const [rick, morty] = [await person(service), await person(service)];
    const { sessions } = dataOf(await rick.ask('{ sessions { id } }'));
    expect(sessions).toHaveLength(1);
    expect(
      dataOf(await morty.ask('mutation ($id: ID!) { endSession(id: $id) }', { id: sessions[0].id })).endSession,
    ).toBe(false);
    expect(await rick.ask('{ me { id } }')).toSucceed();
  });
});

test('the hash of a password is in no answer, and has no field', async () => {
  const rick = await person(service);
  const { __type } = dataOf(await service.anonymous('{ __type(name: "User") { fields { name } } }'));
  expect(
    __type.fields.map(({ name }: { name: string }) => name).filter((name: string) => /pass|hash/i.test(name)),
  ).toEqual([]);
  expect(await rick.ask('{ me { passwordHash } }')).toFailWith({ code: 'GRAPHQL_VALIDATION_FAILED' });
});

describe('the list of users', () => {
  test('is filtered and sorted', async () => {
    const made = [];
    for (const [username, firstName, lastName, age] of [
      ['zeta-list', 'Ünity', 'abc', 30],
      ['Alpha-list', 'Squanch', 'Ábc', 40],
      ['mid-list', 'Noob', 'Noob', null],
    ]) {
      made.push(dataOf(await createUser({ username, firstName, lastName, age })).createUser.id);
    }
    const list = async (args: string) =>
      dataOf(await service.admin(`{ users(${args}) { totalCount nodes { username } } }`)).users.nodes.map(
        (user: { username: string }) => user.username,
      );
    const ids = JSON.stringify(made);
    expect(await list(`filter: { ids: ${ids} }, orderBy: { field: USERNAME }`)).toEqual([
      'Alpha-list',
      'mid-list',
      'zeta-list',
    ]);
    expect(await list(`filter: { ids: ${ids} }, orderBy: { field: USERNAME, direction: DESC }`)).toEqual([
      'zeta-list',
      'mid-list',
      'Alpha-list',
    ]);
    expect(await list(`filter: { ids: ${ids} }, orderBy: { field: LAST_NAME }`)).toEqual([
      'zeta-list',
      'mid-list',
      'Alpha-list',
    ]);
    expect(await list(`filter: { ids: ${ids}, age: { min: 30, max: 30 } }`)).toEqual(['zeta-list']);
    expect(await list('filter: { search: "ÜNITY" }')).toEqual(['zeta-list']);
    expect(await list('filter: { search: "squanch á" }')).toEqual(['Alpha-list']);
    expect(await list('filter: { search: "-LIST" }, first: 2')).toEqual(['zeta-list', 'Alpha-list']);
    expect(await list(`filter: { ids: ${ids}, role: ADMIN }`)).toEqual([]);
    expect(await list(`filter: { ids: ${ids}, isActive: false }`)).toEqual([]);
  });
});

describe('the last active admin', () => {
  const activeAdmins = async (ask: Client) =>
    dataOf(await ask('{ users(first: 100, filter: { role: ADMIN, isActive: true }) { nodes { id } } }')).users
      .nodes as { id: string }[];

  /** Demotes all admins but some. */
  async function keepOnly(kept: Person[]): Promise<void> {
    const [{ ask } = { ask: service.admin }] = kept;
    for (const { id } of await activeAdmins(ask)) {
      if (!kept.some((admin) => admin.id === id)) dataOf(await updateUser(id, { role: 'CASHIER' }, ask));
    }
  }

  test('can not be demoted, deactivated or deleted, and is left over where the last two are demoted at once', async () => {
    let rick = await person(service, 'ADMIN');
    await keepOnly([rick]);
    const before = await contentsOfDatabase(service.server.database);
    const { id } = rick;
    expect(await updateUser(id, { role: 'USER' }, rick.ask)).toFailWith({ code: 'CONFLICT', path: ['updateUser'] });
    expect(await updateUser(id, { isActive: false }, rick.ask)).toFailWith({ code: 'CONFLICT', path: ['updateUser'] });
    expect(await rick.ask('mutation ($id: ID!) { deleteUser(id: $id) { id } }', { id })).toFailWith({
      code: 'CONFLICT',
      path: ['deleteUser'],
    });
    expect(await contentsOfDatabase(service.server.database)).toEqual(before);

    for (let round = 0; round < 5; round += 1) {
      const morty = await person({ ...service, admin: rick.ask, server: service.server }, 'ADMIN');
      const answers = await Promise.all([
        updateUser(rick.id, { role: 'USER' }, morty.ask),
        updateUser(morty.id, { isActive: false }, rick.ask),
      ]);
      const codes = answers.map(({ errors }) => errors?.[0]?.extensions.code ?? 'ok');
      expect(codes.filter((code) => code === 'ok')).toHaveLength(1);
      if (codes[0] === 'ok') rick = morty;
      expect(await activeAdmins(rick.ask)).toEqual([{ id: rick.id }]);
    }
  });
});
