import { RowCheck } from './row-check.js';
import type { RawRecord } from './json-records.js';
import type { GoodRow, Kind, Place, Row, SourceNames } from './records.js';

/** A JSON object whose fields may be anything. */
export type JsonObject = Record<string, unknown>;

/** A row as its format reads it. */
export type Draft = Pick<GoodRow, 'kind' | 'record' | 'origin'>;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The row of a record: what a draft makes of it, or why it is refused. */
export function toRow(
  { place, bytes }: RawRecord,
  kind: Kind | undefined,
  names: SourceNames,
  draft: (value: JsonObject, check: RowCheck, place: Place) => Draft | undefined,
): Row {
  const value = parseRecord(bytes);
  if (typeof value === 'string') return { kind, place, problems: [{ path: '', message: value }] };
  const check = new RowCheck(names);
  const drafted = draft(value, check, place);
  if (drafted && check.problems.length === 0) return { ...drafted, place, names };
  return { kind: drafted?.kind ?? kind, place, problems: check.problems };
}

/** The object that a record is, or why it is none. */
function parseRecord(bytes: Buffer): JsonObject | string {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(bytes));
  } catch (error) {
    return error instanceof SyntaxError ? `is not valid JSON: ${error.message}` : 'is not valid UTF-8';
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as JsonObject) : 'must be an object';
}
