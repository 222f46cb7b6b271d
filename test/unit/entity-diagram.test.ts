import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { DIAGRAM_FILE, withEntityDiagram } from '../../scripts/entity-diagram.js';

test('the diagram of the tables is what the entities describe', async () => {
  const text = await withEntityDiagram();
  expect(readFileSync(DIAGRAM_FILE, 'utf8')).toBe(text);
  expect(text).toContain('products }o--o| categories : category');
  expect(text).toContain('product_tags }o--|| tags : tag');
  expect(text).toContain('text slug UK');
});
