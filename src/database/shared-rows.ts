import { sql } from 'kysely';
import type { FieldScope } from './compiler.js';
import { asJson, constant, join, type Sql } from './dialect.js';
import type { ListRows } from './list-rows.js';
import type { Param } from './param.js';
import type { ListBase, ListedRows, NounReads, Row } from './reads.js';

/** The rows of a list, found once for all parts of an answer that are about the same ones. */
export class SharedRows implements ListedRows {
  readonly filter: Param;
  private readonly name: Sql;
  /** The row of the one select that finds them, and those that the parts call them by. */
  private readonly found: Row;
  private readonly shared: Row[] = [];

  constructor(
    private readonly scope: FieldScope,
    private readonly noun: NounReads,
    private readonly base: ListBase | undefined,
    private readonly listRows: ListRows,
  ) {
    this.filter = scope.args.at('filter');
    this.found = scope.newRow();
    this.name = sql.ref(`${this.found.alias}_list`);
  }

  matching(row: Row, without: readonly string[]): Sql {
    return this.listRows.matching(row, without);
  }

  rows(row: Row, without: readonly string[]): { from: Sql; where: Sql } {
    if (this.filters.some((key) => without.includes(key)))
      return { from: this.scope.from(this.noun, row), where: this.matching(row, without) };
    this.shared.push(row);
    return { from: sql`${this.name} as ${sql.ref(row.alias)}`, where: constant(true) };
  }

  isWhole(without: readonly string[]): boolean {
    return !this.base && this.filters.every((key) => without.includes(key));
  }

  get total(): Sql | undefined {
    if (!this.base) return this.noun.total?.(this.scope);
    return this.filters.length === 0 ? this.base.count : undefined;
  }

  /** The filters that are given; how a category is meant is none by itself. */
  private get filters(): string[] {
    return this.filter.givenKeys.filter((key) => key !== 'includeDescendants');
  }

  /** An answer with the rows in front of it that its parts share. */
  before(answer: Sql): Sql {
    if (this.shared.length === 0) return answer;
    const columns = new Set(['id', ...this.shared.flatMap((row) => row.columns)]);
    const selected = Array.from(columns, (name) => this.found.column(name));
    const rows = sql`select ${join(selected, sql`, `)} from ${this.scope.from(this.noun, this.found)} where ${this.listRows.matchingAll(this.found)}`;
    const kept = this.shared.length > 1 ? sql`as materialized` : sql`as`;
    return asJson(sql`(with ${this.name} ${kept} (${rows}) select ${answer})`);
  }
}
