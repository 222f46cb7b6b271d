import { expect, test } from 'vitest';
import { pageHeaders } from '../../src/security-headers.js';

test('a page loads what it names and nothing else', () => {
  const headers = pageHeaders({ 'script-src': ["'self'"], 'connect-src': ["'self'", 'https://studio.example'] });
  expect(headers['content-security-policy']).toBe(
    "default-src 'none'; script-src 'self'; connect-src 'self' https://studio.example; " +
      "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  );
  expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' });
});
