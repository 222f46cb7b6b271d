import { describe, expect, test } from 'vitest';
import { fieldsWithAccess } from '../../src/access.js';
import { hashPassword } from '../../src/user/password.js';
import { Role } from '../../src/user/user.entity.js';
import { catalogueOf } from '../support/catalogue.js';
import { contentsOfDatabase } from '../support/contents.js';
import { PASSWORD, person } from '../support/people.js';
import { type Answer, type Client, clientOf, makeUser, useService } from '../support/service.js';
import { watch } from '../support/subscriptions.js';

const service = useService();
const given = catalogueOf(service.admin);

type Who = 'anonymous' | 'USER' | 'CASHIER' | 'ADMIN';
type Outcome = 'ok' | 'UNAUTHENTICATED' | 'FORBIDDEN';

const OPEN = { anonymous: 'ok', USER: 'ok', CASHIER: 'ok', ADMIN: 'ok' } as const;
const SIGNED_IN = { ...OPEN, anonymous: 'UNAUTHENTICATED' } as const;
const STAFF = { ...SIGNED_IN, USER: 'FORBIDDEN' } as const;
const ADMINS = { ...STAFF, CASHIER: 'FORBIDDEN' } as const;

/** One operation for each root field; what it needs is made beforehand, so that only the operation itself can be refused. */
interface Row {
  outcomes: Record<Who, Outcome>;
  prepare?: () => Promise<Record<string, unknown>>;
  operation: string;
}

const idOf = (make: () => Promise<{ id: string }>) => async () => ({ id: (await make()).id });
const someUser = async () => ({ id: (await person(service)).id });
let made = 0;
const newUser = async () => ({
  input: { username: `made${(made += 1)}`, password: PASSWORD, firstName: 'Morty', lastName: 'Smith' },
});

const TABLE: Record<string, Row> = {
  'Query.product': { outcomes: OPEN, operation: '{ product(slug: "x") { id } }' },
  'Query.products': { outcomes: OPEN, operation: '{ products { totalCount } }' },
  'Query.category': { outcomes: OPEN, operation: '{ category(slug: "x") { id } }' },
  'Query.categories': { outcomes: OPEN, operation: '{ categories { totalCount } }' },
  'Query.categoryTree': { outcomes: OPEN, operation: '{ categoryTree { id } }' },
  'Query.tag': { outcomes: OPEN, operation: '{ tag(slug: "x") { id } }' },
  'Query.tags': { outcomes: OPEN, operation: '{ tags { totalCount } }' },
  'Query.me': { outcomes: OPEN, operation: '{ me { id } }' },
  'Query.user': { outcomes: SIGNED_IN, operation: '{ user(id: "1") { id } }' },
  'Query.users': { outcomes: ADMINS, operation: '{ users { totalCount } }' },
  'Query.events': { outcomes: ADMINS, operation: '{ events(first: 1) { nodes { id } } }' },
  'Query.sessions': { outcomes: SIGNED_IN, operation: '{ sessions { id } }' },
  'Mutation.createCategory': {
    outcomes: ADMINS,
    operation: `mutation { createCategory(input: { name: "Mine" }) { id } }`,
  },
  'Mutation.updateCategory': {
    outcomes: ADMINS,
    prepare: idOf(() => given.category()),
    operation: 'mutation ($id: ID!) { updateCategory(id: $id, input: { isActive: false }) { id } }',
  },
  'Mutation.deleteCategory': {
    outcomes: ADMINS,
    prepare: idOf(() => given.category()),
    operation: 'mutation ($id: ID!) { deleteCategory(id: $id) { id } }',
  },
  'Mutation.createTag': { outcomes: ADMINS, operation: 'mutation { createTag(input: { name: "Mine" }) { id } }' },
  'Mutation.updateTag': {
    outcomes: ADMINS,
    prepare: idOf(() => given.tag()),
    operation: 'mutation ($id: ID!) { updateTag(id: $id, input: { name: "Mine too" }) { id } }',
  },
  'Mutation.deleteTag': {
    outcomes: ADMINS,
    prepare: idOf(() => given.tag()),
    operation: 'mutation ($id: ID!) { deleteTag(id: $id) { id } }',
  },
  'Mutation.createProduct': {
    outcomes: ADMINS,
    operation: 'mutation { createProduct(input: { name: "Mine", priceShmeckles: 1, priceFlurbos: 1 }) { id } }',
  },
  'Mutation.updateProduct': {
    outcomes: ADMINS,
    prepare: idOf(() => given.product()),
    operation: 'mutation ($id: ID!) { updateProduct(id: $id, input: { stock: 9 }) { id } }',
  },
  'Mutation.deleteProduct': {
    outcomes: ADMINS,
    prepare: idOf(() => given.product()),
    operation: 'mutation ($id: ID!) { deleteProduct(id: $id) { id } }',
  },
  'Mutation.adjustStock': {
    outcomes: STAFF,
    prepare: idOf(() => given.product()),
    operation: 'mutation ($id: ID!) { adjustStock(productId: $id, delta: 1) { id } }',
  },
  'Mutation.register': {
    outcomes: OPEN,
    prepare: newUser,
    operation: 'mutation ($input: RegisterInput!) { register(input: $input) { accessToken } }',
  },
  'Mutation.login': {
    outcomes: OPEN,
    prepare: async () => ({ username: (await person(service)).username, password: PASSWORD }),
    operation:
      'mutation ($username: String!, $password: String!) { login(username: $username, password: $password) { accessToken } }',
  },
  'Mutation.refresh': {
    outcomes: OPEN,
    prepare: async () => ({ token: (await person(service)).refreshToken }),
    operation: 'mutation ($token: String!) { refresh(refreshToken: $token) { accessToken } }',
  },
  'Mutation.logout': { outcomes: SIGNED_IN, operation: 'mutation { logout }' },
  'Mutation.endSession': { outcomes: SIGNED_IN, operation: 'mutation { endSession(id: "999999") }' },
  'Mutation.endAllSessions': { outcomes: SIGNED_IN, operation: 'mutation { endAllSessions }' },
  'Mutation.changePassword': {
    outcomes: SIGNED_IN,
    operation: `mutation { changePassword(currentPassword: "${PASSWORD}", newPassword: "another plumbus") { id } }`,
  },
  'Mutation.createUser': {
    outcomes: ADMINS,
    prepare: newUser,
    operation: 'mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }',
  },
  'Mutation.updateUser': {
    outcomes: { ...SIGNED_IN, USER: 'FORBIDDEN', CASHIER: 'FORBIDDEN' },
    prepare: someUser,
    operation: 'mutation ($id: ID!) { updateUser(id: $id, input: { age: 70 }) { id } }',
  },
  'Mutation.deleteUser': {
    outcomes: ADMINS,
    prepare: someUser,
    operation: 'mutation ($id: ID!) { deleteUser(id: $id) { id } }',
  },
  'Subscription.productChanged': {
    outcomes: OPEN,
    prepare: idOf(() => given.product()),
    operation: 'subscription ($id: ID!) { productChanged(ids: [$id], after: "0") { eventId } }',
  },
  'Subscription.eventAdded': { outcomes: ADMINS, operation: 'subscription { eventAdded(after: "0") { id } }' },
};

test('the table has every root field that there is', () => {
  expect(Object.keys(TABLE).sort()).toEqual([...fieldsWithAccess].sort());
});

/** Of the password of everybody here, which takes long to make. */
const passwordHash = hashPassword(PASSWORD);

/** Somebody new, who has done nothing yet. */
async function tokenOf(who: Who): Promise<string | undefined> {
  if (who === 'anonymous') return undefined;
  return makeUser(service.server, `somebody${(made += 1)}`, Role[who], await passwordHash);
}

/** A client to whom the first that a subscription sends is the answer. */
const subscriberWith =
  (token: string | undefined): Client =>
  async (operation, variables = {}) => {
    const watched = watch(service, operation, { transport: 'event stream', token, variables });
    const [answer] = await watched.first(1);
    watched.stop();
    for (const error of answer?.errors ?? []) delete error.extensions['requestId'];
    return { status: 200, data: undefined, ...answer };
  };

describe.each(Object.entries(TABLE))('%s', (field, { outcomes, prepare, operation }) => {
  test.each(Object.entries(outcomes) as [Who, Outcome][])('%s: %s', async (who, outcome) => {
    const token = await tokenOf(who);
    const client = field.startsWith('Subscription.') ? subscriberWith(token) : clientOf(service.server.url, token);
    const variables = (await prepare?.()) ?? {};
    const before = await contentsOfDatabase(service.server.database);
    const answer: Answer = await client(operation, variables);
    if (outcome === 'ok') return expect(answer).toSucceed();
    expect(answer).toFailWith({ code: outcome, path: [field.split('.')[1] ?? ''] });
    return expect(await contentsOfDatabase(service.server.database)).toEqual(before);
  });
});
