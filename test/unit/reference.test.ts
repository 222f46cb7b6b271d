import { readFileSync } from 'node:fs';
import { buildSchema } from 'graphql';
import { expect, test } from 'vitest';
import { html } from '../../browser/reference/html.js';
import { mappedTypes, relations } from '../../browser/reference/type-map.js';
import { errorMeanings } from '../../src/errors.js';

test('markup escapes what is put into it, and takes markup as it is', () => {
  expect(html`<p title="${'"&'}">${html`<b>${'<i>'}</b>`}${undefined}${['a<', html`<hr />`]}</p>`.text).toBe(
    '<p title="&quot;&amp;"><b>&lt;i&gt;</b>a&lt;<hr /></p>',
  );
});

test('the map leads through a plain connection to what it lists, and keeps one that holds more', () => {
  const schema = buildSchema(`
    type Query { pets: PetConnection! }
    type Pet { id: ID! owner: Person toys(first: Int): ToyConnection! friends: [Pet!]! }
    type Person { name: String pets: PetConnection! }
    type Toy { name: String }
    type PageInfo { hasNextPage: Boolean! }
    type PetEdge { node: Pet! }
    type PetConnection { edges: [PetEdge!]! nodes: [Pet!]! pageInfo: PageInfo! totalCount: Int! }
    type ToyEdge { node: Toy! }
    type ToyConnection { edges: [ToyEdge!]! nodes: [Toy!]! pageInfo: PageInfo! oldest: Toy }
  `);
  expect(mappedTypes(schema).map(({ name }) => name)).toEqual(['Pet', 'Person', 'Toy', 'ToyConnection']);
  expect(relations(schema).map(({ from, field, to, isMany }) => `${from}.${field} ${isMany ? '[' : ''}${to}`)).toEqual([
    'Pet.owner Person',
    'Pet.toys ToyConnection',
    'Pet.friends [Pet',
    'Person.pets [Pet',
    'ToyConnection.nodes [Toy',
    'ToyConnection.oldest Toy',
  ]);
});

test('docs/errors.md says of every code what the code says', () => {
  const rows = [...readFileSync('docs/errors.md', 'utf8').matchAll(/^\| `([A-Z_]+)` \| (.+) \|$/gm)];
  expect(Object.fromEntries(rows.filter(([, code = '']) => code in errorMeanings).map(([, ...row]) => row))).toEqual(
    errorMeanings,
  );
});
