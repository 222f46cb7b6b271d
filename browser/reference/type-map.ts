import { instance } from '@viz-js/viz';
import {
  getNamedType,
  getNullableType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  isLeafType,
  isListType,
  isObjectType,
} from 'graphql';
import { Markup } from './html.js';

/** A field that leads from one type to another. */
export interface Relation {
  readonly from: string;
  readonly to: string;
  readonly field: string;
  readonly isMany: boolean;
}

/** The object types but the roots, and pages and edges of lists where they hold nothing more than the list. */
export function mappedTypes(schema: GraphQLSchema): GraphQLObjectType[] {
  const roots = new Set([schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]);
  return Object.values(schema.getTypeMap()).filter(
    (type): type is GraphQLObjectType =>
      isObjectType(type) && !type.name.startsWith('__') && !roots.has(type) && !isPlumbing(type),
  );
}

/** The fields between these types; a plain connection leads to what it lists. */
export function relations(schema: GraphQLSchema): Relation[] {
  return mappedTypes(schema).flatMap((type) =>
    Object.values(type.getFields()).flatMap((field) => relationOf(type, field)),
  );
}

function relationOf(from: GraphQLObjectType, field: GraphQLField<unknown, unknown>): Relation[] {
  const target = getNamedType(field.type);
  if (!isObjectType(target) || target.name === 'PageInfo') return [];
  // The same entries again.
  if (field.name === 'edges' && isObjectType(listed(from))) return [];
  const item = isPlumbing(target) ? listed(target) : undefined;
  const isMany = item !== undefined || isListType(getNullableType(field.type));
  return [{ from: from.name, to: (item ?? target).name, field: field.name, isMany }];
}

/** What a connection lists. */
function listed(type: GraphQLObjectType): GraphQLObjectType | undefined {
  const nodes = type.name.endsWith('Connection') ? type.getFields().nodes : undefined;
  const item = nodes && getNamedType(nodes.type);
  return isObjectType(item) ? item : undefined;
}

const CONNECTION_FIELDS = new Set(['edges', 'nodes', 'pageInfo', 'totalCount']);

function isPlumbing(type: GraphQLObjectType): boolean {
  if (type.name === 'PageInfo' || type.name.endsWith('Edge')) return true;
  return listed(type) !== undefined && Object.keys(type.getFields()).every((name) => CONNECTION_FIELDS.has(name));
}

/** A picture of how the types hang together, as SVG with a link from each type to its section. */
export async function drawTypeMap(schema: GraphQLSchema): Promise<Markup> {
  const viz = await instance();
  const svg = viz.renderString(toDot(schema), { format: 'svg', engine: 'dot' });
  // Without the XML and DOCTYPE lines; it is as large as the page lets it be.
  return new Markup(
    svg.slice(svg.indexOf('<svg')).replace(/width="\S+" height="\S+"/, 'role="img" aria-labelledby="map-title"'),
  );
}

function toDot(schema: GraphQLSchema): string {
  const nodes = mappedTypes(schema).map(
    (type) => `${type.name} [label=<${labelOf(type)}>, URL="#${type.name}", tooltip="${type.name}"]`,
  );
  const arrows = Map.groupBy(relations(schema), ({ from, to }) => `${from} -> ${to}`);
  const edges = [...arrows].map(([arrow, fields]) => {
    const label = fields.map(({ field, isMany }) => (isMany ? `[${field}]` : field)).join('\\n');
    return `${arrow} [label="${label}", tooltip="${arrow}"]`;
  });
  return `digraph {
    graph [rankdir=LR, bgcolor=transparent, nodesep=0.3, ranksep=0.7, pad=0.1, tooltip=" "]
    node [shape=plain, fontname=Helvetica, fontsize=12]
    edge [fontname=Helvetica, fontsize=11, arrowsize=0.8, arrowhead=vee]
    ${[...nodes, ...edges].join('\n    ')}
  }`;
}

/** The type's name above its plain fields. */
function labelOf(type: GraphQLObjectType): string {
  const fields = Object.values(type.getFields()).filter(({ type: of }) => isLeafType(getNamedType(of)));
  const rows = fields.map(({ name }) => `<tr><td align="left">${name}</td></tr>`);
  return `<table border="1" cellborder="0" cellspacing="0" cellpadding="3"><tr><td align="left"><b>${type.name}</b></td></tr>${rows.length > 0 ? '<hr/>' : ''}${rows.join('')}</table>`;
}
