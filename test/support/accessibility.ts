import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type axe from 'axe-core';
import type { Page } from 'playwright-core';

const SOURCE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * What keeps somebody from using a page, as far as a program can tell: names that are missing, contrast, roles.
 * @param parts selectors of the parts that are looked at
 * @returns each problem's rule and the elements that break it
 * @see https://github.com/dequelabs/axe-core/blob/develop/doc/rule-descriptions.md
 */
export async function accessibilityProblems(page: Page, parts: string[] = ['body']): Promise<string[]> {
  await page.evaluate(SOURCE);
  const { violations } = await page.evaluate(
    (include) => (globalThis as unknown as { axe: typeof axe }).axe.run({ include }, { resultTypes: ['violations'] }),
    parts,
  );
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
}
