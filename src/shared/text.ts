/**
 * The form of a text that is compared, sorted and searched without case, for every alphabet.
 * It is computed here and stored, because SQLite folds ASCII only and PostgreSQL folds by locale.
 */
export function foldCase(text: string): string {
  // A sigma at a word's end has a small letter of its own, and the end of what is searched for may be inside a word.
  return text.normalize('NFKC').toLowerCase().replaceAll('ς', 'σ');
}

// Tab, line feed and carriage return are the control characters that a text of several lines may hold.
// oxlint-disable-next-line no-control-regex -- refusing control characters is the rule
const FORBIDDEN = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]/;

/** Why a text can't be stored or searched for on every database, or undefined where it can. */
export function illFormedText(text: string): string | undefined {
  if (FORBIDDEN.test(text)) return 'must not hold control characters';
  if (!text.isWellFormed()) return 'must not hold unpaired surrogates';
  return undefined;
}
