import type { Logger } from 'pino';
import { afterAll, beforeAll } from 'vitest';
import { type Config, readConfig } from '../../src/config.js';
import { createLog } from '../../src/log.js';
import { unitOfWork } from '../../src/database/unit-of-work.js';
import { type RunningServer, startServer } from '../../src/server.js';
import { openSession } from '../../src/session/session.writes.js';
import { Role } from '../../src/user/user.entity.js';
import { createUser } from '../../src/user/user.writes.js';
import { createDatabase, type TestDatabase } from './database.js';

/** What an operation answered, as a client reads it. */
export interface Answer {
  status: number;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests reach into answers of every shape
  data: any;
  errors?: {
    message: string;
    path?: (string | number)[];
    extensions: { code: string; fields?: { path: string; message: string }[] } & Record<string, unknown>;
  }[];
}

/** Somebody who sends operations. */
export type Client = (query: string, variables?: Record<string, unknown>) => Promise<Answer>;

/** A service of a test file's own: real HTTP, real migrations, an empty database. */
export interface TestService {
  readonly server: RunningServer;
  readonly database: TestDatabase;
  readonly anonymous: Client;
  readonly admin: Client;
  /** The administrator's access token. */
  readonly adminToken: string;
  stop(): Promise<void>;
}

export async function startTestService(
  environment: Record<string, string> = {},
  log: Logger = createLog({ logLevel: 'silent' }),
): Promise<TestService> {
  const database = await createDatabase();
  const server = await startServer(testConfig(database.url, environment), log);
  const token = await makeAdministrator(server);
  return {
    server,
    database,
    anonymous: clientOf(server.url),
    admin: clientOf(server.url, token),
    adminToken: token,
    async stop() {
      await server.stop();
      await database.drop();
    },
  };
}

/** Makes a user who may do everything, without the time that a password takes. @returns an access token */
export const makeAdministrator = (
  server: Pick<RunningServer, 'database' | 'auth'>,
  username = 'administrator',
  passwordHash = 'nobody signs in with this',
): Promise<string> => makeUser(server, username, Role.ADMIN, passwordHash);

/** The same for a user of any role. @returns an access token */
export function makeUser(
  { database, auth }: Pick<RunningServer, 'database' | 'auth'>,
  username: string,
  role: Role,
  passwordHash: string,
): Promise<string> {
  return unitOfWork(database, async (em) => {
    const name = { username, firstName: 'Ada', lastName: 'Ministrator' };
    const user = await createUser(em, { ...name, role, passwordHash });
    const { session, issuedAt } = openSession(em, user, 'the tests', auth.rules);
    await em.flush();
    return auth.tokens.sign({ userId: user.id, sessionId: session.id }, issuedAt).token;
  });
}

export function testConfig(url: string, environment: Record<string, string> = {}): Config {
  return readConfig({
    DATABASE_URL: url,
    PORT: '0',
    MIGRATE_ON_START: 'true',
    SQLITE_SYNCHRONOUS: 'NORMAL',
    // What is said of a request's statements is said of its own.
    DELIVERY: 'off',
    ...environment,
  });
}

export const clientOf =
  (url: string, token?: string, headers: Record<string, string> = {}): Client =>
  async (query, variables) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }), ...headers },
      body: JSON.stringify({ query, variables }),
    });
    const answer = (await response.json()) as Omit<Answer, 'status'>;
    takeRequestIds(answer, response.headers.get('x-request-id'));
    return { status: response.status, ...answer };
  };

/** Takes the request's id out of each error, where it has to be, so that the rest can be compared. */
function takeRequestIds({ errors }: Pick<Answer, 'errors'>, requestId: string | null): void {
  for (const error of errors ?? []) {
    const { requestId: said, ...extensions } = error.extensions ?? {};
    if (said !== requestId) throw new Error(`An error says the request id ${JSON.stringify(said)}, not ${requestId}.`);
    error.extensions = extensions;
  }
}

/** A service for all tests of a file. */
export function useService(environment: Record<string, string> = {}, log?: Logger): TestService {
  let service: TestService | undefined;
  beforeAll(async () => {
    service = await startTestService(environment, log);
  });
  afterAll(() => service?.stop());
  const running = (): TestService => {
    if (!service) throw new Error('The service has not started yet.');
    return service;
  };
  return {
    get server() {
      return running().server;
    },
    get database() {
      return running().database;
    },
    anonymous: (query, variables) => running().anonymous(query, variables),
    admin: (query, variables) => running().admin(query, variables),
    get adminToken() {
      return running().adminToken;
    },
    stop: () => running().stop(),
  };
}
