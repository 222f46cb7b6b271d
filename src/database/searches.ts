import { sql } from 'kysely';
import { matchOf, matchOfRank, type Rank, RANKS, type WordQuery, type WordsQuery } from '../shared/search-words.js';
import { foldCase } from '../shared/text.js';
import { partQueryOf } from '../shared/text-parts.js';
import { and, type Dialect, type IndexedColumn, type Sql } from './dialect.js';
import type { Param } from './param.js';
import type { FilterRead, IndexedFilter, Ranking, Row } from './reads.js';

/** Part of a folded text, every character an ordinary one. */
export function partOf(table: string, column: string): IndexedFilter {
  const index: IndexedColumn = { table, column, kind: 'parts' };
  const query = (value: Param, dialect: Dialect) =>
    value.map((part: string) => dialect.toIndexQuery(partQueryOf(part))).bind('text');
  const test: FilterRead = (row, value, { dialect }) =>
    dialect.looked(dialect.contains(row.column(column), value.map(foldCase).bind('text')));
  return {
    // The index knows which threes a text has, but not where.
    filter: (row, value, scope, filter) =>
      and([scope.dialect.isIndexed(index, row.alias, query(value, scope.dialect)), test(row, value, scope, filter)]),
    source: {
      test,
      count: (value, { dialect }, _filter, most) => dialect.countIndexed(index, query(value, dialect), most),
    },
  };
}

/** All words of a search, or beginnings of words; see search-words.ts. */
export function wordsOf(table: string, column: string, filterName: string): IndexedFilter & { ranking: Ranking } {
  const index: IndexedColumn = { table, column, kind: 'words' };
  const query = (words: Param, dialect: Dialect) =>
    words.map((given: WordsQuery) => dialect.toIndexQuery(given)).bind('text');
  const test = (row: Row, words: Param, example: WordsQuery, dialect: Dialect) =>
    dialect.looked(testWords(dialect, row.column(column), words, example));
  return {
    filter: (row, value, { dialect }) => dialect.isIndexed(index, row.alias, query(value.map(matchOf), dialect)),
    source: {
      test: (row, value, { dialect }) => test(row, value.map(matchOf), matchOf('example'), dialect),
      count: (value, { dialect }, _filter, most) =>
        dialect.countIndexed(index, query(value.map(matchOf), dialect), most),
    },
    ranking: {
      filter: filterName,
      ranks: RANKS,
      find: (row, value, rank, { dialect }) => dialect.indexed(index, row.alias, query(ranked(value, rank), dialect)),
      test: (row, value, rank, { dialect }) =>
        test(row, ranked(value, rank), matchOfRank('example', rank as Rank), dialect),
    },
  };
}

const ranked = (value: Param, rank: number) => value.map((search: string) => matchOfRank(search, rank as Rank));

/** Words are stored with a blank around each; so the beginning of one has a blank in front. */
const asStored = ({ word, isBeginning }: WordQuery) => (isBeginning ? ` ${word}` : ` ${word} `);

/**
 * A query of words as a look at the stored text, where an index would be looked into for all rows or none.
 * @param example a query that has the same parts
 */
function testWords(dialect: Dialect, text: Sql, words: Param, example: WordsQuery): Sql {
  const elements = (pick: (query: WordsQuery) => readonly WordQuery[]) =>
    dialect.elements(words.map((query: WordsQuery) => JSON.stringify(pick(query).map(asStored))).bind('text'));
  // Of a row whose words are still to be computed, nothing is known: it does not match.
  const isThere = sql`coalesce(${dialect.contains(text, sql`value`)}, false)`;
  return and([
    sql`not exists (select 1 from ${elements(({ all }) => all)} where not ${isThere})`,
    example.any && sql`exists (select 1 from ${elements(({ any }) => any ?? [])} where ${isThere})`,
    example.not &&
      sql`not (${testWords(
        dialect,
        text,
        words.map(({ not }: WordsQuery) => not),
        example.not,
      )})`,
  ]);
}
