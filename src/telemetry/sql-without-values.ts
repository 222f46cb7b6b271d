/** Texts and numbers as SQL writes them; not the digits of a name, a parameter or a quoted identifier. */
const LITERALS = /"(?:[^"]|"")*"|`[^`]*`|\b[ex]?'(?:[^']|'')*'|'(?:[^']|'')*'|\$\d+|\b\d+(?:\.\d+)?(?:e[+-]?\d+)?\b/gi;

const LONGEST = 4000;

/**
 * A statement with a question mark for each value that stands in its text: MikroORM writes values into it, and one may
 * be a secret. Cut where it is long.
 */
export function sqlWithoutValues(sql: string): string {
  const text = sql.slice(0, LONGEST).replace(LITERALS, (found) => (/^["`$]/.test(found) ? found : '?'));
  // A text that is cut in its middle has no end, and would be taken for one that is none.
  return sql.length > LONGEST ? `${text.replace(/'[^']*$/, '?')} …` : text;
}
