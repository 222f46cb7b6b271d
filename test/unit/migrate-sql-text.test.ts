import Sqlite from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { compareItems } from '../../src/migrator/drift/schema-item.js';
import { normalized } from '../../src/migrator/drift/describe-sqlite.js';
import { splitStatements } from '../../src/migrator/generate/postgresql-statements.js';
import { ended, guard, literal, quoted, reasonOf } from '../../src/migrator/sql-text.js';

test.each(['', "it's", "''", 'a\\b', 'a "quoted" `name` [x]', 'line\nline; --', '$1 ?'])(
  '%j as a literal and as a name is itself',
  (text) => {
    const file = new Sqlite(':memory:');
    expect(file.prepare(`select ${literal(text)} as ${quoted(text || 'x')}`).get()).toEqual({ [text || 'x']: text });
    file.close();
  },
);

test.each([
  ['select 1', 'select 1;'],
  [' select 1;; \n', 'select 1;'],
])('%j ended is %j', (text, expected) => {
  expect(ended(text)).toBe(expected);
});

describe('a guard', () => {
  const run = (query: string, message: string) => {
    const file = new Sqlite(':memory:');
    file.exec('create table t (id integer)');
    try {
      file.exec(guard('sqlite', query, message));
      file.exec(guard('sqlite', query, message));
      return 'fine';
    } catch (error) {
      return reasonOf(error);
    } finally {
      file.close();
    }
  };

  test('fails with its message where its query finds a row', () => {
    const message = 't.x is "new" and it\'s NOT NULL: give it `a` default; or fill it\nfirst';
    expect(run('select 1', message)).toBe(message);
    expect(run('select 1 from t', message)).toBe('fine');
  });

  test('is one statement of PostgreSQL with the message as a text', () => {
    expect(guard('postgresql', 'select 1 from t', "it's there")).toBe(
      `do $guard$ begin if exists (select 1 from t) then raise exception using message = 'it''s there', errcode = 'check_violation'; end if; end $guard$;`,
    );
  });
});

test.each([
  [new Error('CHECK constraint failed: fill it first'), 'fill it first'],
  [new Error('no such table: x'), 'no such table: x'],
  ['text', 'text'],
])('the reason of %s', (error, reason) => {
  expect(reasonOf(error)).toBe(reason);
});

test.each([
  ['create table `a` (`b` integer)', 'CREATE  TABLE "a" ( b INTEGER )'],
  ['select 1 -- why', 'select 1'],
  ['check (a >= 0 and b <= 1)', 'check( a>=0\n and /* all */ b <= 1 )'],
  ['create index x on [t] (a, b);', 'create index x on t(a,b)'],
])('%j and %j are the same', (one, other) => {
  expect(normalized(one)).toBe(normalized(other));
});

test.each([
  ["default 'a'", "default 'A'"],
  ["default 'a  b'", "default 'a b'"],
  ['check (a > 0)', 'check (a >= 0)'],
  ['a integer', 'a integer null'],
])('%j and %j are not', (one, other) => {
  expect(normalized(one)).not.toBe(normalized(other));
});

test.each([
  ['', []],
  ['select 1', ['select 1']],
  ['select 1;\nselect 2;\n\n', ['select 1', 'select 2']],
  ["insert into t values ('a;\nb''c');\nselect 2;", ["insert into t values ('a;\nb''c')", 'select 2']],
  ["select 'a;b'; select 2;", ["select 'a;b'; select 2"]],
])('the statements of %j', (text, statements) => {
  expect(splitStatements(text)).toEqual(statements);
});

test('schemas are compared object by object, by name', () => {
  const item = (name: string, definition: string) => ({ name, definition });
  const expected = [item('column b', 'x'), item('column a', 'x'), item('table t', '')];
  const found = [item('column c', 'z'), item('table t', ''), item('column b', 'y')];
  expect(compareItems(expected, found)).toEqual([
    { object: 'column a', problem: 'missing', expected: 'x', found: undefined },
    { object: 'column b', problem: 'different', expected: 'x', found: 'y' },
    { object: 'column c', problem: 'unexpected', expected: undefined, found: 'z' },
  ]);
  expect(compareItems(expected, expected.toReversed())).toEqual([]);
});
