import { LOG_TABLE } from '../migration-log.js';
import type { Session } from '../session.js';
import { literal } from '../sql-text.js';
import type { SchemaItem } from './schema-item.js';

/** All that the schema of an SQLite database consists of. */
export async function describeSqlite(session: Session): Promise<SchemaItem[]> {
  const objects = await session.all<{ type: string; name: string; table: string; sql: string }>(
    `select type, name, tbl_name as "table", sql from sqlite_master
       where sql is not null and name not like 'sqlite\\_%' escape '\\' and tbl_name <> ${literal(LOG_TABLE)}
         and tbl_name not in (select name from pragma_table_list where schema = 'main' and type = 'shadow')`,
  );
  return objects.flatMap(({ type, name, sql }) => {
    if (type === 'table' && !/^create\s+virtual\b/i.test(sql)) return describeTable(name, sql);
    return [{ name: `${type} ${name}`, definition: normalized(sql) }];
  });
}

/** A table's columns and constraints, which SQLite keeps as the text that made it. */
function describeTable(table: string, sql: string): SchemaItem[] {
  const start = sql.indexOf('(');
  const body = sql.slice(start + 1, sql.lastIndexOf(')'));
  const options = normalized(sql.slice(sql.lastIndexOf(')') + 1));
  const items = partsOf(body).map((part) => {
    const definition = normalized(part);
    const [first = '', second = ''] = definition.split(/[ (]/, 2);
    if (first === 'constraint') return { name: `constraint ${table}.${second}`, definition };
    const isConstraint = /^(primary key|unique|check|foreign key)\b/.test(definition);
    return { name: isConstraint ? `constraint ${table} ${definition}` : `column ${table}.${first}`, definition };
  });
  return [{ name: `table ${table}`, definition: options }, ...items];
}

/** The parts of a list, split at the commas that stand in no parentheses and no text. */
function partsOf(list: string): string[] {
  const parts: string[] = [];
  let [depth, start] = [0, 0];
  for (const { 0: token, index } of list.matchAll(TOKEN)) {
    if (token === '(') depth += 1;
    else if (token === ')') depth -= 1;
    else if (token === ',' && depth === 0) {
      parts.push(list.slice(start, index));
      start = index + 1;
    }
  }
  return [...parts, list.slice(start)];
}

/** A text, a quoted name, a comment, white space, a word, or any other character. */
const TOKEN = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|\/\*[^]*?\*\/|\s+|\w+|[^]/g;

/** SQL in a form that is the same however it is written: names without quotes, in lower case, single blanks. */
export function normalized(sql: string): string {
  const tokens = [...sql.matchAll(TOKEN)].map(([token]) => {
    if (/^(\s|--|\/\*)/.test(token)) return ' ';
    if (token.startsWith("'")) return token;
    return /^["`[]/.test(token) ? token.slice(1, -1).toLowerCase() : token.toLowerCase();
  });
  const single = tokens.filter((token, index) => token !== ' ' || tokens[index - 1] !== ' ');
  return single
    .filter((token, index) => token !== ' ' || !(isTight(single[index - 1]) || isTight(single[index + 1])))
    .join('')
    .replace(/;$/, '');
}

/** Whether a blank beside a token says nothing; the end is none. */
const isTight = (token: string | undefined) => token === undefined || /^[(),;=<>]$/.test(token);
