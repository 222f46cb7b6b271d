import { expect, test } from 'vitest';
import { arrayText } from '../../src/database/array-text.js';

test('is what PostgreSQL reads as an array', () => {
  expect(arrayText([])).toBe('{}');
  expect(arrayText([1, -0.5, true, null, undefined, '', 'NULL', 'a,b {c}', 'a "b" \\ \n'])).toBe(
    '{1,-0.5,true,NULL,NULL,"","NULL","a,b {c}","a \\"b\\" \\\\ \n"}',
  );
});
