import { beforeAll, describe, expect, test } from 'vitest';
import { catalogueOf, dataOf, operationsOf } from '../support/catalogue.js';
import { DATABASE } from '../support/database.js';
import { runSql } from '../support/database-state.js';
import { type Person, person } from '../support/people.js';
import { useService } from '../support/service.js';
import { watch } from '../support/subscriptions.js';

const service = useService();
const given = catalogueOf(service.admin);
const { product } = operationsOf(service.admin);

const EVENTS = `query ($filter: EventFilter, $orderBy: EventOrder, $first: Int, $after: String) {
  events(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
    totalCount
    nodes { id type entity entityId label changes { field before after } actorId actor { username } source requestId occurredAt }
    pageInfo { hasNextPage endCursor }
  }
}`;
const list = async (variables: Record<string, unknown> = {}) => dataOf(await service.admin(EVENTS, variables)).events;
const typesBy = async (filter: Record<string, unknown>) =>
  (await list({ filter })).nodes.map(({ type }: { type: string }) => type);

let adminId: string;
let other: Person;
let cashier: Person;
let made: { id: string; name: string };
beforeAll(async () => {
  adminId = dataOf(await service.admin('{ me { id } }')).me.id;
  other = await person(service, 'ADMIN');
  cashier = await person(service, 'CASHIER');
  made = await given.product({ stock: 2, description: 'It "glows".' });
  dataOf(await product.update(made.id, { priceFlurbos: '2.50', description: null, isActive: false }));
  dataOf(await operationsOf(other.ask).product.adjustStock(made.id, -2));
});

test('who changed this price, and when', async () => {
  const { nodes } = await list({ filter: { entity: 'PRODUCT', entityIds: [made.id], types: ['product.updated'] } });
  expect(nodes).toEqual([
    {
      id: expect.stringMatching(/^\d+$/),
      type: 'product.updated',
      entity: 'PRODUCT',
      entityId: made.id,
      label: made.name,
      changes: [
        { field: 'description', before: 'It "glows".', after: null },
        { field: 'priceFlurbos', before: '1.00', after: '2.50' },
        { field: 'isActive', before: true, after: false },
      ],
      actorId: adminId,
      actor: { username: 'administrator' },
      source: 'API',
      requestId: expect.stringMatching(/^[\w-]{36}$/),
      occurredAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    },
  ]);
});

describe('events are found', () => {
  test('by the kind of entry', async () => {
    expect(await typesBy({ entity: 'PRODUCT' })).toEqual([
      'product.stock_changed',
      'product.updated',
      'product.created',
    ]);
    expect(await typesBy({ entity: 'TAG' })).toEqual([]);
  });

  test('by entries of any kind', async () => {
    const types = await typesBy({ entityIds: [made.id, 'nonsense'] });
    expect(types.filter((type: string) => type.startsWith('product.'))).toHaveLength(3);
  });

  test('by type, by who did it, and by all of it together', async () => {
    expect(await typesBy({ types: ['product.stock_changed', 'product.deleted'] })).toEqual(['product.stock_changed']);
    expect(await typesBy({ actorId: other.id })).toEqual(['product.stock_changed']);
    expect(await typesBy({ actorId: other.id, types: ['product.created'] })).toEqual([]);
    expect(await typesBy({ actorId: '999999' })).toEqual([]);
  });

  test('by time', async () => {
    const [newest] = (await list({ first: 1 })).nodes;
    expect(await typesBy({ occurredAt: { from: '2099-01-01T00:00:00Z' } })).toEqual([]);
    expect(await typesBy({ occurredAt: { from: newest.occurredAt } })).toContain('product.stock_changed');
    expect(await typesBy({ occurredAt: { to: '2020-01-01T00:00:00Z' } })).toEqual([]);
  });
});

test('pages go from the newest to the oldest, or the other way', async () => {
  const all = await list({ first: 100 });
  const ids = all.nodes.map(({ id }: { id: string }) => Number(id));
  expect(all.totalCount).toBe(ids.length);
  expect(ids).toEqual(ids.toSorted((a: number, b: number) => b - a));
  const paged: number[] = [];
  for (let after: string | null = null; ;) {
    const { nodes, pageInfo } = await list({ first: 2, after });
    paged.push(...nodes.map(({ id }: { id: string }) => Number(id)));
    if (!pageInfo.hasNextPage) break;
    after = pageInfo.endCursor;
  }
  expect(paged).toEqual(ids);
  const upwards = await list({ first: 100, orderBy: { direction: 'ASC' } });
  expect(upwards.nodes.map(({ id }: { id: string }) => Number(id))).toEqual(ids.toReversed());
});

describe('the history of a product', () => {
  const HISTORY = `query ($id: ID!, $first: Int) {
    product(id: $id) { history(first: $first) { totalCount nodes { type actorId actor { id } } pageInfo { hasNextPage } } }
  }`;
  const history = ({ ask }: Pick<Person, 'ask'>, first?: number) => ask(HISTORY, { id: made.id, first });

  test('is for staff; who did it is for admins', async () => {
    expect(dataOf(await history(cashier)).product.history).toEqual({
      totalCount: 3,
      nodes: [
        { type: 'product.stock_changed', actorId: other.id, actor: null },
        { type: 'product.updated', actorId: adminId, actor: null },
        { type: 'product.created', actorId: adminId, actor: null },
      ],
      pageInfo: { hasNextPage: false },
    });
    const paged = dataOf(await history({ ask: service.admin }, 1)).product.history;
    expect(paged.pageInfo).toEqual({ hasNextPage: true });
    expect(paged.nodes).toEqual([{ type: 'product.stock_changed', actorId: other.id, actor: { id: other.id } }]);
  });

  test("is nobody else's", async () => {
    const visible = await given.product();
    const query = `{ product(id: ${visible.id}) { history { totalCount } } }`;
    expect(await service.anonymous(query)).toFailWith({ code: 'FORBIDDEN', path: ['product'] });
    expect(await (await person(service)).ask(query)).toFailWith({ code: 'FORBIDDEN', path: ['product'] });
  });
});

test('ids beyond 32 bits are ids: pages and subscriptions go on behind them', async () => {
  const far = 5_000_000_000;
  await runSql(
    service.database,
    DATABASE === 'sqlite'
      ? `update sqlite_sequence set seq = ${far} where name = 'events'`
      : `alter sequence events_id_seq restart with ${far + 1}`,
  );
  for (let n = 0; n < 3; n += 1) await given.tag();
  const variables = { filter: { types: ['tag.created'] }, orderBy: { field: 'ID', direction: 'ASC' }, first: 1 };
  const first = await list(variables);
  const second = await list({ ...variables, after: first.pageInfo.endCursor });
  const ids = [first, second].map(({ nodes }) => Number(nodes[0].id));
  expect(ids).toEqual([far + 1, far + 2]);
  const watched = watch(service, `subscription { eventAdded(after: "${far + 1}") { id } }`, {
    token: service.adminToken,
  });
  expect(await watched.first(1)).toEqual([{ data: { eventAdded: { id: String(far + 2) } } }]);
  watched.stop();
});
