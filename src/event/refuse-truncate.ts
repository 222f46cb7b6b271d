import type { SchemaObject } from '../database/schema-objects.js';
import { TRACKED_TABLES } from './tracked-tables.js';

const refuse: SchemaObject = {
  name: 'refuse_truncate',
  create: `create or replace function refuse_truncate() returns trigger language plpgsql as $$
begin
  raise exception 'TRUNCATE would empty % without an event of any row, and leave the numbers of products as they were.', tg_table_name
    using errcode = 'feature_not_supported', hint = format('DELETE FROM %I does both.', tg_table_name);
end
$$`,
  drop: 'drop function refuse_truncate()',
};

const refusal = (table: string): SchemaObject => ({
  name: `${table}_refuse_truncate`,
  on: table,
  create: `create trigger ${table}_refuse_truncate before truncate on ${table} for each statement execute function refuse_truncate()`,
  drop: `drop trigger ${table}_refuse_truncate on ${table}`,
});

/** PostgreSQL's TRUNCATE runs no trigger of rows, also for the tables that it takes along. SQLite has no such statement. */
export const truncateRefusals: readonly SchemaObject[] = [
  refuse,
  ...Object.keys(TRACKED_TABLES).map(refusal),
  refusal('product_tags'),
];
