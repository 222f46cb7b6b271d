import { dataOf } from './catalogue.js';
import { type Client, clientOf, type TestService } from './service.js';

export const PASSWORD = 'plumbus for everybody';

/** Somebody with a user and a session. */
export interface Person {
  readonly id: string;
  readonly username: string;
  readonly accessToken: string;
  readonly refreshToken: string;
  /** Sends operations as this person. */
  readonly ask: Client;
}

const TOKENS = 'accessToken refreshToken user { id username }';

let people = 0;
const newUsername = () => `person${(people += 1)}`;

/** The person that a sign-in's answer makes of a client. */
function personOf(
  service: Pick<TestService, 'server'>,
  payload: { accessToken: string; refreshToken: string; user: { id: string; username: string } },
): Person {
  const { accessToken, refreshToken, user } = payload;
  return { ...user, accessToken, refreshToken, ask: clientOf(service.server.url, accessToken) };
}

export async function signIn(service: TestService, username: string, password = PASSWORD): Promise<Person> {
  const answer = await service.anonymous(
    `mutation ($username: String!, $password: String!) { login(username: $username, password: $password) { ${TOKENS} } }`,
    {
      username,
      password,
    },
  );
  return personOf(service, dataOf(answer).login);
}

/** Makes a user with a role and signs in. */
export async function person(
  service: TestService,
  role: 'USER' | 'CASHIER' | 'ADMIN' = 'USER',
  username = newUsername(),
): Promise<Person> {
  const input = { username, password: PASSWORD, firstName: 'Rick', lastName: 'Sanchez', role };
  dataOf(await service.admin('mutation ($input: CreateUserInput!) { createUser(input: $input) { id } }', { input }));
  return signIn(service, username);
}

/** Uses a refresh token. */
export const refresh = (client: Client, refreshToken: string) =>
  client(`mutation ($refreshToken: String!) { refresh(refreshToken: $refreshToken) { ${TOKENS} } }`, { refreshToken });
