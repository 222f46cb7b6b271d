import type { PageSources } from '../security-headers.js';

/** A page that the service has for browsers. */
export type Page = 'landing' | 'explorer' | 'reference';

const APOLLO_SCRIPT = 'https://embeddable-sandbox.cdn.apollographql.com';
const APOLLO_FRAME = 'https://sandbox.embed.apollographql.com';

/**
 * Whose windows a page knows, where these are not its own alone.
 * Signing in at Apollo's opens a window from within the frame; under `same-origin` it would find nobody to answer to.
 */
export const OPENER_POLICIES: Readonly<Partial<Record<Page, string>>> = { landing: 'same-origin-allow-popups' };

/** What each page may load. */
export const PAGE_SOURCES: Readonly<Record<Page, PageSources>> = {
  landing: {
    'script-src': ["'self'", APOLLO_SCRIPT],
    'style-src': ["'self'"],
    'img-src': ["'self'"],
    'frame-src': [APOLLO_FRAME],
    // This page sends what is run in the frame, on its behalf.
    'connect-src': ["'self'"],
  },
  explorer: {
    'script-src': ["'self'"],
    // Its editor writes style elements as it goes, which have no hash that could be known.
    'style-src': ["'self'", "'unsafe-inline'"],
    'font-src': ["'self'", 'data:'],
    'img-src': ["'self'", 'data:'],
    'worker-src': ["'self'"],
    'connect-src': ["'self'"],
  },
  reference: { 'style-src': ["'self'"], 'img-src': ["'self'"] },
};
