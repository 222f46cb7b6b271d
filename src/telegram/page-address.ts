import type { PageOf } from './notice-line.js';

const FOLDERS: Readonly<Record<string, string>> = { PRODUCT: 'products', CATEGORY: 'categories', TAG: 'tags' };

/**
 * The pages of a public address: `{folder}`, `{slug}` and `{id}` in it stand for an entry's own. An address without any of
 * them has its pages below `/{folder}/{slug}`.
 */
export function pagesBelow(address: string): PageOf {
  const pattern = /\{(?:folder|slug|id)\}/.test(address) ? address : `${address.replace(/\/+$/, '')}/{folder}/{slug}`;
  return ({ entity, entityId, slug }) => {
    const folder = FOLDERS[entity];
    if (folder === undefined || slug === null) return undefined;
    return pattern.replaceAll('{folder}', folder).replaceAll('{slug}', slug).replaceAll('{id}', entityId);
  };
}
