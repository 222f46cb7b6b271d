// The service as a peer of the load harness: `bench.mjs --peer bench/peer.mjs --peers catalog,catalog-pg,…`.
// Its rows are the harness's own (data/catalog.sqlite), loaded once into the service's schema with their ids.

import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { AUTH_SECRET, DATA, ensureSeed, importing, nodeOptions, tokenOf } from './seed.mjs';
import { operationOf } from './workloads.mjs';

const HARNESS_DATA = `${dirname(process.argv[1])}/../data/`;
const PG = 'postgres://postgres@127.0.0.1:54329/catalog_service';
const SQLITE = `${DATA}harness.sqlite`;
const IMAGES = 'https://shop.example';

const isAsked = (name) => {
  const at = process.argv.indexOf('--peers');
  return at < 0 || process.argv[at + 1].split(',').includes(name);
};

/** The harness's rows as `catalog export` would write them. */
function* entriesOfHarness() {
  const db = new Database(`${HARNESS_DATA}catalog.sqlite`, { readonly: true });
  const slugs = new Map(db.prepare('select id, slug from categories').raw().all());
  const tags = new Map(db.prepare('select id, name from tags').raw().all());
  const tagIds = db.prepare('select tag_id from product_tags where product_id = ? order by tag_id').pluck();
  for (const { parent_id: parent, ...category } of db.prepare('select * from categories order by id').iterate())
    yield { type: 'category', ...category, parent: slugs.get(parent) ?? null };
  for (const tag of db.prepare('select * from tags order by id').iterate())
    yield { type: 'tag', ...tag, slug: tag.name };
  // Read at once: the connection serves the tags meanwhile.
  for (const row of db.prepare('select * from products order by id').all()) {
    yield {
      type: 'product',
      id: row.id,
      name: row.name,
      slug: row.slug,
      description: row.description,
      imageUrl: IMAGES + row.image_url,
      priceShmeckles: row.price_shmeckles.toFixed(2),
      priceFlurbos: row.price_flurbos.toFixed(2),
      stock: row.stock,
      rating: row.rating,
      isActive: row.is_active === 1,
      category: slugs.get(row.category_id),
      tags: tagIds.all(row.id).map((id) => tags.get(id)),
    };
  }
  db.close();
}

/**
 * The staff's view, for the peers have no other: each request is signed, and its session looked up. The harness writes
 * a request line and a body; what stands behind the path becomes a header.
 */
const requestsOf = (token) => (workload, params) => {
  // The API takes addresses of images, not paths.
  const imageUrl = params.imageUrl && IMAGES + params.imageUrl;
  const operation = operationOf(workload, imageUrl ? { ...params, imageUrl } : params);
  if (!operation) return null;
  const [query, variables] = operation;
  return {
    method: 'POST',
    path: `/graphql HTTP/1.1\r\nAuthorization: Bearer ${token}\r\nX-Request-Line:`,
    body: JSON.stringify({ query, variables }),
  };
};

const link = ({ id, name }) => ({ id: Number(id), name });
const byId = (a, b) => a.id - b.id;

function productOf(product) {
  const { priceFlurbos, category, tags, ...rest } = product;
  const plain = { ...rest, id: Number(product.id), priceShmeckles: Number(product.priceShmeckles) };
  if (!tags) return plain;
  if (plain.imageUrl) plain.imageUrl = plain.imageUrl.slice(IMAGES.length);
  return { ...plain, priceFlurbos: Number(priceFlurbos), category: link(category), tags: tags.map(link).sort(byId) };
}

const categoryOf = ({ id, name, parentId, productCount }) => ({
  id: Number(id),
  name,
  parentId: parentId === null ? null : Number(parentId),
  productCount,
});

function norm(workload, { data, errors }) {
  if (errors) throw new Error(JSON.stringify(errors).slice(0, 400));
  const [answer] = Object.values(data);
  if (workload === 'w5') return answer.map(categoryOf).sort(byId);
  return answer.nodes ? answer.nodes.map(productOf) : productOf(answer);
}

async function cleanPostgres() {
  const { default: pg } = await import('pg');
  const client = new pg.Client(PG);
  await client.connect();
  await client.query('delete from products where id > 100000');
  await client.query('vacuum analyze products, product_tags');
  await client.end();
}

const PEERS = {
  catalog: { kind: 'sqlite', db: 'sqlite', seed: SQLITE, url: `sqlite:${SQLITE}` },
  'catalog-pg': { kind: 'postgresql', db: 'pg', url: PG, clean: cleanPostgres },
};

const peers = {};
for (const [name, { kind, url, ...peer }] of Object.entries(PEERS)) {
  if (!isAsked(name)) continue;
  const { admin } = await ensureSeed(url, 'harness', importing(entriesOfHarness));
  peers[name] = {
    ...peer,
    ...(kind === 'postgresql' && { url }),
    dir: fileURLToPath(new URL('..', import.meta.url)),
    cmd: [process.execPath, ...nodeOptions(), 'bench/serve.mjs', kind],
    env: { AUTH_SECRET },
    api: { req: requestsOf(tokenOf(admin)), norm },
  };
}

export default peers;
