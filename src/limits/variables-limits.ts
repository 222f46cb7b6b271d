/** Deeper than any input; a value that is nested without end must not be followed. */
const DEEPEST = 32;

/** What is too much of an operation's variables, as a sentence; undefined where nothing is. */
export function excessOfVariables(
  variables: Readonly<Record<string, unknown>>,
  listLength: number,
): string | undefined {
  const longest = longestList(variables, 0);
  if (longest === Infinity) return `The variables are nested more than ${DEEPEST} levels deep.`;
  if (longest > listLength) return `The variables have ${longest} values in a list; at most ${listLength} are allowed.`;
  return undefined;
}

/** How many values the longest list within a value has; Infinity where it is nested too deep to tell. */
function longestList(value: unknown, level: number): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (level > DEEPEST) return Infinity;
  let longest = Array.isArray(value) ? value.length : 0;
  for (const key in value) longest = Math.max(longest, longestList((value as Record<string, unknown>)[key], level + 1));
  return longest;
}
