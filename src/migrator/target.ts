import { MigrationError } from './migration-error.js';

/**
 * How many of the migrations stand below a point of their history: 0 for `base`, all for `head`.
 * @param target `head`, `base`, `+2` or `-1` from where the database is, or a migration: its name, with or without
 *   the time that it begins with, or an unambiguous beginning of either
 * @param names all migrations, oldest first
 * @param current how many of them are applied
 * @throws MigrationError for a target that is not there, or may be several
 */
export function resolveTarget(target: string, names: readonly string[], current: number): number {
  if (target === 'head') return names.length;
  if (target === 'base') return 0;
  if (/^[+-]\d+$/.test(target)) return step(Number(target), names.length, current);
  const [found, ...others] = candidates(target, names);
  if (found === undefined) throw new MigrationError(unknown(target, names));
  if (others.length > 0)
    throw new MigrationError(
      `"${target}" may be any of these migrations; say more of the name:\n${[found, ...others].map((name) => `  ${name}`).join('\n')}`,
    );
  return names.indexOf(found) + 1;
}

function step(count: number, all: number, current: number): number {
  const point = current + count;
  if (point >= 0 && point <= all) return point;
  const available = count > 0 ? `${all - current} to apply` : `${current} to revert`;
  throw new MigrationError(`There is no ${count > 0 ? '+' : ''}${count}: there are ${available}.`);
}

function candidates(target: string, names: readonly string[]): string[] {
  if (names.includes(target)) return [target];
  if (target === '') return [];
  const wordsOf = (name: string) => name.replace(/^\d{14}-?/, '');
  const named = names.filter((name) => wordsOf(name) === target);
  return named.length > 0 ? named : names.filter((name) => name.startsWith(target) || wordsOf(name).startsWith(target));
}

function unknown(target: string, names: readonly string[]): string {
  const known =
    names.length === 0 ? 'There are none yet.' : `There are:\n${names.map((name) => `  ${name}`).join('\n')}`;
  return `There is no migration "${target}". ${known}`;
}
