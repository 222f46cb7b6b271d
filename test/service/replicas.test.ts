import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startServer, type RunningServer } from '../../src/server.js';
import { createDatabase, DATABASE, type TestDatabase } from '../support/database.js';
import { runSql } from '../support/database-state.js';
import { createRecordedLog } from '../support/recorded-log.js';
import { type Client, clientOf, makeAdministrator, startTestService, testConfig } from '../support/service.js';

/**
 * A copy that stays as it was made: what it answers tells it from the primary. It is no standby, so that it counts as one
 * that is not behind.
 */
async function makeReplica(): Promise<TestDatabase> {
  const replica = await startTestService();
  await replica.admin('mutation { createTag(input: { name: "of the replica" }) { id } }');
  await replica.server.stop();
  return replica.database;
}

const NAMES = '{ tags { nodes { name } } }';
const namesOf = async (client: Client) =>
  (await client(NAMES)).data.tags.nodes.map(({ name }: { name: string }) => name) as string[];

describe.runIf(DATABASE === 'postgresql')('replicas', () => {
  const { log, lines } = createRecordedLog();
  const told = () => lines.map(({ msg }) => String(msg)).filter((msg) => msg.startsWith('[replica]'));
  let replica: TestDatabase;
  let primary: TestDatabase;
  let server: RunningServer;
  let admin: Client;
  let anonymous: Client;

  beforeAll(async () => {
    [replica, primary] = await Promise.all([makeReplica(), createDatabase()]);
    const gone = 'postgres://postgres@127.0.0.1:9/gone';
    const urls = `${gone}, ${replica.url}`;
    server = await startServer(testConfig(primary.url, { DATABASE_REPLICA_URLS: urls, SORTED_ROWS_MAX: '0' }), log);
    admin = clientOf(server.url, await makeAdministrator(server));
    anonymous = clientOf(server.url);
    await admin('mutation { createTag(input: { name: "of the primary" }) { id } }');
  });
  afterAll(async () => {
    await server.stop();
    await Promise.all([replica.drop().catch(() => undefined), primary.drop()]);
  });

  test('answer who is not signed in, each time; one that is gone is left out', async () => {
    for (const time of [1, 2, 3, 4]) expect(await namesOf(anonymous), `${time}`).toEqual(['of the replica']);
    expect(told()).toEqual([expect.stringContaining('answers reads')]);
  });

  test('answer a list by its next statement where one gives up', async () => {
    const { data } = await anonymous('{ tags(first: 5, filter: { nameContains: "of the" }) { nodes { name } } }');
    expect(data.tags.nodes).toEqual([{ name: 'of the replica' }]);
  });

  test('never answer who is signed in: what was just written is there, and an ended session is over', async () => {
    for (const time of [1, 2]) expect(await namesOf(admin), `${time}`).toEqual(['of the primary']);
    expect((await admin('mutation { endAllSessions }')).errors).toBeUndefined();
    for (const time of [1, 2]) {
      expect(await admin(NAMES), `${time}`).toFailWith({ code: 'UNAUTHENTICATED' });
    }
  });

  test('what a replica can not answer, the primary does', async () => {
    await runSql(replica, 'alter table tags rename to elsewhere');
    expect(await namesOf(anonymous)).toEqual(['of the primary']);
    await runSql(replica, 'alter table elsewhere rename to tags');
    expect(await namesOf(anonymous)).toEqual(['of the replica']);
  });

  test('one that goes away is left out at once, and nobody notices', async () => {
    await replica.drop();
    for (const time of [1, 2, 3]) expect(await namesOf(anonymous), `${time}`).toEqual(['of the primary']);
    expect(told().at(-1)).toContain('is left out');
  });
});
