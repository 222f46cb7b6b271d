import { expect, test } from 'vitest';
import { sqlWithoutValues } from '../../src/telemetry/sql-without-values.js';

test.each([
  [`select * from "users" where "name" = 'rick'`, `select * from "users" where "name" = ?`],
  [`update tags set name = 'O''Hara', n = 12.50 where id = 7`, 'update tags set name = ?, n = ? where id = ?'],
  [`insert into t values (E'a\\\\b''c', -1, 1e3, x'ff', null)`, 'insert into t values (?, -?, ?, ?, null)'],
  [
    'select e0.id, `t1`.`a 2` from t as e0 where e0.id in (1, 2)',
    'select e0.id, `t1`.`a 2` from t as e0 where e0.id in (?, ?)',
  ],
  [
    `select "it's" as "a""1" from t where a = $1 and b = $12`,
    `select "it's" as "a""1" from t where a = $1 and b = $12`,
  ],
  ['select ?, :name limit 21', 'select ?, :name limit ?'],
])('%s', (sql, text) => {
  expect(sqlWithoutValues(sql)).toBe(text);
});

test('a long statement is cut, and not within a text', () => {
  const cut = sqlWithoutValues(`insert into t values ('${'secret '.repeat(1000)}')`);
  expect(cut).toBe('insert into t values (? …');
  expect(sqlWithoutValues(`select ${'column_name, '.repeat(1000)}`).length).toBeLessThan(4010);
});
