import {
  astFromValue,
  type GraphQLArgument,
  type GraphQLEnumType,
  type GraphQLField,
  type GraphQLInputObjectType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLScalarType,
  type GraphQLSchema,
  type GraphQLType,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isObjectType,
  isScalarType,
  print,
} from 'graphql';
import { whoMay } from '../../src/access.js';
import { ErrorCode, errorMeanings } from '../../src/errors.js';
import { html, type Markup } from './html.js';
import { drawTypeMap } from './type-map.js';

/** Where the page finds what belongs to it, relative to itself. */
interface Assets {
  readonly stylesheet: string;
  readonly icon: string;
}

interface Section {
  readonly id: string;
  readonly title: string;
  readonly entries: readonly string[];
  readonly content: Markup;
}

/** The reference as one page: what the schema says of itself, whom each root field is for, and what each error code means. */
export async function renderReference(schema: GraphQLSchema, { stylesheet, icon }: Assets): Promise<string> {
  const sections = sectionsOf(schema);
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>Reference · graphql-catalog</title>
        <link rel="icon" href="${icon}" />
        <link rel="stylesheet" href="${stylesheet}" />
      </head>
      <body>
        <header>
          <h1>graphql-catalog</h1>
          <nav><a href="explorer">Explorer</a></nav>
        </header>
        <div class="columns">
          <nav class="contents" aria-label="Contents">
            <details open>
              <summary>Contents</summary>
              ${contentsOf(sections)}
            </details>
          </nav>
          <main>
            <p class="lead">
              Every operation, type and error code of the API, made from the schema that the service runs.
            </p>
            <section id="map">
              <h2 id="map-title">How the types hang together</h2>
              <p>
                An arrow is a field that leads from one type to another, in brackets where it leads to many. A click on
                a type leads to its section.
              </p>
              <div class="map" tabindex="0" role="group" aria-labelledby="map-title">${await drawTypeMap(schema)}</div>
            </section>
            ${sections.map(
              ({ id, title, content }) =>
                html`<section id="${id}">
                  <h2>${title}</h2>
                  ${content}
                </section>`,
            )}
          </main>
        </div>
      </body>
    </html> `.text;
}

function sectionsOf(schema: GraphQLSchema): Section[] {
  const roots = [
    { title: 'Queries', type: schema.getQueryType() },
    { title: 'Mutations', type: schema.getMutationType() },
    { title: 'Subscriptions', type: schema.getSubscriptionType() },
  ];
  const rootTypes = new Set<GraphQLNamedType | null | undefined>(roots.map(({ type }) => type));
  const types = Object.values(schema.getTypeMap())
    .filter((type) => !type.name.startsWith('__') && !rootTypes.has(type))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return [
    ...roots.flatMap(({ title, type }) => (type ? [rootSection(title, type)] : [])),
    typeSection('Types', types.filter(isObjectType), renderFields),
    typeSection('Inputs', types.filter(isInputObjectType), renderInputFields),
    typeSection('Enums', types.filter(isEnumType), renderValues),
    typeSection('Scalars', types.filter(isScalarType), renderScalar),
    errorSection(),
  ];
}

function contentsOf(sections: readonly Section[]): Markup {
  const links = sections.map(
    ({ id, title, entries }) =>
      html`<li>
        <a href="#${id}">${title}</a>
        <ul>
          ${entries.map((entry) => html`<li><a href="#${entry}">${entry.split('.').at(-1)}</a></li>`)}
        </ul>
      </li>`,
  );
  return html`<ul>
    <li><a href="#map">How the types hang together</a></li>
    ${links}
  </ul>`;
}

function rootSection(title: string, type: GraphQLObjectType): Section {
  const fields = Object.values(type.getFields()).sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    id: title.toLowerCase(),
    title,
    entries: fields.map(({ name }) => `${type.name}.${name}`),
    content: html`${fields.map((field) => renderRootField(type.name, field))}`,
  };
}

function renderRootField(root: string, field: GraphQLField<unknown, unknown>): Markup {
  const id = `${root}.${field.name}`;
  return html`<article id="${id}">
    <h3><a href="#${id}">${field.name}</a> <span class="who">${whoMay(id)}</span></h3>
    <p class="answers">answers <code>${linked(field.type)}</code></p>
    ${paragraph(field)}${renderArguments(field.args)}
  </article>`;
}

function renderArguments(args: readonly GraphQLArgument[]): Markup | undefined {
  if (args.length === 0) return undefined;
  return html`<dl>${args.map(renderInput)}</dl>`;
}

function typeSection<T extends GraphQLNamedType>(title: string, types: T[], render: (type: T) => Markup): Section {
  return {
    id: title.toLowerCase(),
    title,
    entries: types.map(({ name }) => name),
    content: html`${types.map(
      (type) =>
        html`<article id="${type.name}">
          <h3><a href="#${type.name}">${type.name}</a></h3>
          ${paragraph(type)}${render(type)}
        </article>`,
    )}`,
  };
}

function renderFields(type: GraphQLObjectType): Markup {
  const fields = Object.values(type.getFields()).map(
    (field) =>
      html`<dt><code>${field.name}: ${linked(field.type)}</code></dt>
        <dd>${paragraph(field)}${renderArguments(field.args)}</dd>`,
  );
  return html`<dl>${fields}</dl>`;
}

const renderInputFields = (type: GraphQLInputObjectType) =>
  html`<dl>${Object.values(type.getFields()).map(renderInput)}</dl>`;

function renderInput(
  input: Pick<GraphQLArgument, 'name' | 'type' | 'defaultValue' | 'description' | 'deprecationReason'>,
) {
  const value = input.defaultValue === undefined ? undefined : astFromValue(input.defaultValue, input.type);
  return html`<dt><code>${input.name}: ${linked(input.type)}${value ? ` = ${print(value)}` : ''}</code></dt>
    <dd>${paragraph(input)}</dd>`;
}

const renderValues = (type: GraphQLEnumType) =>
  html`<dl>
    ${type.getValues().map(
      (value) =>
        html`<dt><code>${value.name}</code></dt>
          <dd>${paragraph(value)}</dd>`,
    )}
  </dl>`;

const renderScalar = ({ specifiedByURL }: GraphQLScalarType) =>
  specifiedByURL ? html`<p><a href="${specifiedByURL}" rel="noreferrer">Its specification</a></p>` : html``;

function errorSection(): Section {
  const codes = Object.values(ErrorCode);
  return {
    id: 'errors',
    title: 'Error codes',
    entries: codes,
    content: html`<p>Every error has <code>extensions.code</code>; clients branch on it.</p>
      <dl>
        ${codes.map(
          (code) =>
            html`<dt id="${code}"><code>${code}</code></dt>
              <dd>${prose(errorMeanings[code])}</dd>`,
        )}
      </dl>`,
  };
}

function paragraph(of: { description?: string | null; deprecationReason?: string | null }): Markup {
  const deprecated = of.deprecationReason && html`<p class="deprecated">Deprecated: ${prose(of.deprecationReason)}</p>`;
  return html`${of.description ? html`<p>${prose(of.description)}</p>` : undefined}${deprecated || undefined}`;
}

const SPECIAL = new RegExp(
  `\`(?<code>[^\`]+)\`|\\b(?<error>${Object.values(ErrorCode).join('|')})\\b|\\[(?<words>[^\\]]+)\\]\\((?<url>https?:[^)]+)\\)`,
  'g',
);

/** A description with its code in a type of its own, its links, and its error codes as links. */
function prose(text: string): Markup {
  const parts: Markup[] = [];
  let end = 0;
  for (const match of text.matchAll(SPECIAL)) {
    parts.push(html`${text.slice(end, match.index)}`);
    parts.push(specialProse(match.groups ?? {}));
    end = match.index + match[0].length;
  }
  return html`${parts}${text.slice(end)}`;
}

function specialProse({ code, error, words, url }: Partial<Record<string, string>>): Markup {
  if (code) return html`<code>${code}</code>`;
  if (error) return html`<a href="#${error}"><code>${error}</code></a>`;
  return html`<a href="${url}" rel="noreferrer">${words}</a>`;
}

/** A type as it is written, its name a link. */
function linked(type: GraphQLType): Markup {
  const { name } = getNamedType(type);
  const [before, after] = String(type).split(name);
  return html`${before}<a href="#${name}">${name}</a>${after}`;
}
