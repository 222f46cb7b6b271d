import type { OutgoingHttpHeaders } from 'node:http';

/** Where a page may load what from, by directive of the Content Security Policy, beyond nothing at all. */
export type PageSources = Readonly<Record<string, readonly string[]>>;

const COMMON = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
};

/**
 * The headers of every answer that is no page: a browser that is talked into showing one loads and runs nothing of it.
 * `cross-origin-resource-policy` keeps it out of other origins' `<script>` and `<img>`; CORS has its own say.
 */
export const SECURITY_HEADERS: Readonly<OutgoingHttpHeaders> = {
  ...COMMON,
  'cross-origin-resource-policy': 'same-origin',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
};

/**
 * The headers of a page, which may load what it names and nothing else: no inline script, no `eval`, no frame around it.
 * @param sources such as `{ 'script-src': ["'self'"], 'connect-src': ["'self'", 'https://studio.apollographql.com'] }`
 * @param openerPolicy what it has to do with windows that it opens, or that opened it
 * @see https://www.w3.org/TR/CSP3/
 * @see https://html.spec.whatwg.org/multipage/browsers.html#cross-origin-opener-policies
 */
export function pageHeaders(sources: PageSources, openerPolicy = 'same-origin'): OutgoingHttpHeaders {
  const given = Object.entries({ 'default-src': ["'none'"], ...sources });
  const policy = [
    ...given,
    ['base-uri', ["'none'"]],
    ['form-action', ["'none'"]],
    ['frame-ancestors', ["'none'"]],
  ] as const;
  const text = policy.map(([directive, from]) => `${directive} ${(from as readonly string[]).join(' ')}`).join('; ');
  return {
    ...COMMON,
    'cross-origin-opener-policy': openerPolicy,
    'cross-origin-resource-policy': 'same-origin',
    'content-security-policy': text,
  };
}
