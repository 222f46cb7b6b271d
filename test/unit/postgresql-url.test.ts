import { expect, test } from 'vitest';
import { urlsOfHosts } from '../../src/database/postgresql-url.js';

test.each([
  ['postgres://shop:a@db/shop', ['postgres://shop:a@db/shop']],
  ['postgres://db1:5432,db2/shop?a=b,c', ['postgres://db1:5432/shop?a=b,c', 'postgres://db2/shop?a=b,c']],
  [
    'postgresql://shop:a,b@db1,[::1]:5433,db3:1/shop',
    ['postgresql://shop:a,b@db1/shop', 'postgresql://shop:a,b@[::1]:5433/shop', 'postgresql://shop:a,b@db3:1/shop'],
  ],
])('the servers of %s', (url, urls) => {
  expect(urlsOfHosts(url)).toEqual(urls);
});
