import { parseDateTime } from '../shared/date-time.js';
import { toSlug } from '../shared/slug.js';
import { Role } from '../user/user.entity.js';
import type { FormatOptions } from './format.js';
import { splitJsonList } from './json-records.js';
import { type Draft, type JsonObject, toRow } from './json-rows.js';
import { bothPrices } from './prices.js';
import type { Link, Origin, Place, Row } from './records.js';
import type { RowCheck } from './row-check.js';

const PRODUCT_NAMES = {
  name: 'title',
  slug: 'title',
  priceShmeckles: 'price',
  priceFlurbos: 'price',
  imageUrl: 'thumbnail',
  createdAt: 'meta.createdAt',
  updatedAt: 'meta.updatedAt',
};

const ROLES: Record<string, Role> = { admin: Role.ADMIN, moderator: Role.CASHIER, user: Role.USER };

/** @see https://dummyjson.com/docs/products */
export async function* readDummyJsonProducts(
  chunks: AsyncIterable<Buffer>,
  { rate, slugs }: FormatOptions,
): AsyncGenerator<Row> {
  for await (const raw of splitJsonList(chunks, 'products')) {
    yield toRow(raw, 'product', PRODUCT_NAMES, (product, check, place) => {
      const slug = claimSlug(product.title, place, slugs);
      return draftProduct(product, slug, check, rate);
    });
  }
}

/** Passwords stay where they are. @see https://dummyjson.com/docs/users */
export async function* readDummyJsonUsers(
  chunks: AsyncIterable<Buffer>,
  { slugs }: FormatOptions,
): AsyncGenerator<Row> {
  for await (const raw of splitJsonList(chunks, 'users')) {
    yield toRow(raw, 'user', { slug: 'username' }, (user, check, place) => {
      const slug = claimSlug(user.username, place, slugs);
      return draftUser(user, slug, check);
    });
  }
}

/** Claimed whether the row turns out to be good or not, so that repairing one row renames no other. */
const claimSlug = (name: unknown, { line }: Place, slugs: FormatOptions['slugs']) =>
  typeof name === 'string' ? slugs.claimNumbered(toSlug(name), line) : undefined;

function draftProduct(product: JsonObject, slug: string | undefined, check: RowCheck, rate: string): Draft {
  const { title, description, rating, stock, category, tags } = product;
  const fields = check.apply('product', {
    slug,
    name: title,
    description,
    imageUrl: imageOf(product),
    ...bothPrices(check, product.price, rate),
    stock,
    rating,
  });
  const links = { category: categoryOf(category, check), tags: tagsOf(tags, check) };
  return { kind: 'product', record: { ...fields, ...links }, origin: originOf(product.meta, check) };
}

function draftUser(
  { username, firstName, lastName, age, role }: JsonObject,
  slug: string | undefined,
  check: RowCheck,
): Draft {
  const known = typeof role === 'string' ? ROLES[role] : undefined;
  if (role !== undefined && !known) check.refuse('role', `must be one of ${Object.keys(ROLES).join(', ')}`);
  const record = check.apply('user', { slug, username, firstName, lastName, age, role: known });
  return { kind: 'user', record, origin: {} };
}

function imageOf({ thumbnail, images }: JsonObject): unknown {
  if (typeof thumbnail === 'string' && thumbnail !== '') return thumbnail;
  const first: unknown = Array.isArray(images) ? images[0] : undefined;
  return first === '' ? undefined : first;
}

/** DummyJSON names a category by its slug. */
function categoryOf(category: unknown, check: RowCheck): Link | undefined {
  if (category === undefined || category === null || category === '') return undefined;
  const slug = typeof category === 'string' ? toSlug(category) : '';
  const name = check.readName('category', 'category', typeof category === 'string' ? titleOf(category) : category);
  return { slug, name };
}

/** "mens-shirts" is "Mens Shirts". */
const titleOf = (slug: string) =>
  slug
    .split(/[-\s]+/)
    .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
    .join(' ');

function tagsOf(tags: unknown, check: RowCheck): Link[] | undefined {
  if (tags === undefined || tags === null) return undefined;
  if (!Array.isArray(tags)) return check.refuse('tags', 'must be a list of names');
  return tags.map((tag) => ({ name: check.readName('tag', 'tags', tag) }));
}

function originOf(meta: unknown, check: RowCheck): Origin {
  const { createdAt, updatedAt } = (meta ?? {}) as JsonObject;
  const instant = (path: string, value: unknown) =>
    value === undefined ? undefined : check.attempt(path, () => parseDateTime(value));
  return { createdAt: instant('createdAt', createdAt), updatedAt: instant('updatedAt', updatedAt) };
}
