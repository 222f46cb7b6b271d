import { serverAudits } from 'graphql-http';
import { expect, test } from 'vitest';
import { useService } from '../support/service.js';

const service = useService();
const audits = serverAudits({ url: () => service.server.url });

test('there are as many audits as the specification had when they were looked at', () => {
  expect(audits).toHaveLength(61);
});

test.each(audits.map(({ id, name, fn }) => ({ id, name, fn })))('$id $name', async ({ fn }) => {
  expect(await fn()).toMatchObject({ status: 'ok' });
});
