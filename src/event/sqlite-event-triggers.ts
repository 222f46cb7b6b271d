import type { SchemaObject } from '../database/schema-objects.js';
import type { SetBased } from '../database/set-based.js';
import { type FieldForm, nounOf, type TrackedField, type TrackedTable, TRACKED_TABLES } from './tracked-tables.js';

/**
 * Whose the transaction is, in one row: database/sqlite.ts writes it when the transaction begins and takes it away before
 * it commits. Nothing in it is the mark of a statement of somebody's own.
 */
const writeContext: SchemaObject = {
  name: 'write_context',
  create:
    'create table write_context (id integer primary key check (id = 1), actor_id integer, source text, request_id text, is_rehash integer not null default 0, last_event_id integer)',
  drop: 'drop table write_context',
  fill: ['insert into write_context (id) values (1)'],
};

const JSON_FORMS: Readonly<Record<FieldForm, (value: string) => string>> = {
  text: (value) => `json_quote(${value})`,
  integer: (value) => `coalesce(${value}, 'null')`,
  // SQLite writes 5 as 5.0.
  float: (value) => `json_quote(iif(${value} = cast(${value} as integer), cast(${value} as integer), ${value}))`,
  boolean: (value) => `iif(${value}, 'true', 'false')`,
  id: (value) => `coalesce('"' || ${value} || '"', 'null')`,
  money: (value) => `printf('"%d.%02d"', ${value} / 100, ${value} % 100)`,
};

const jsonOf = ({ form, column }: TrackedField, row: 'old' | 'new') => JSON_FORMS[form](`${row}.${column}`);
const change = (field: string, before: string, after: string) =>
  `',{"field":"${field}","before":' || ${before} || ',"after":' || ${after} || '}'`;
const listOf = (changes: readonly string[]) => `'[' || substr(${changes.join(' || ')}, 2) || ']'`;
const differs = ({ column }: TrackedField) => `new.${column} is not old.${column}`;

const made = (field: TrackedField) =>
  `iif(new.${field.column} is null, '', ${change(field.field, "'null'", jsonOf(field, 'new'))})`;
const gone = (field: TrackedField) =>
  `iif(old.${field.column} is null, '', ${change(field.field, jsonOf(field, 'old'), "'null'")})`;
const changed = (field: TrackedField) =>
  `iif(${differs(field)}, ${change(field.field, jsonOf(field, 'old'), jsonOf(field, 'new'))}, '')`;

/** An event of an entry, as one statement; nothing is asked of `write_context` that could keep it from being written. */
const insertEvent = (type: string, entity: string, id: string, label: string, changes: string, from = '(select 1)') =>
  `insert into events (type, entity, entity_id, label, changes, actor_id, source, request_id, occurred_at) select ${type}, '${entity}', ${id}, ${label}, ${changes}, who.actor_id, coalesce(who.source, 'SQL'), who.request_id, cast(round(unixepoch('subsec') * 1000) as integer) from ${from} left join write_context as who on true`;

const trigger = (table: string, suffix: string, when: string, statements: readonly string[]): SchemaObject => {
  const name = `${table}_event_${suffix}`;
  return {
    name,
    on: table,
    create: `create trigger ${name} ${when} begin ${statements.join('; ')}; end`,
    drop: `drop trigger ${name}`,
  };
};

const isRehash = 'coalesce((select is_rehash from write_context), 0)';

function updateTrigger({ table, entity, label, fields, secret }: TrackedTable): SchemaObject {
  const isSecretChanged = secret && `(${differs(secret)} and not ${isRehash})`;
  const conditions = [...fields.map(differs), ...(isSecretChanged ? [isSecretChanged] : [])];
  const changes = [
    ...fields.map(changed),
    ...(isSecretChanged ? [`iif(${isSecretChanged}, ${change(secret.field, "'null'", "'null'")}, '')`] : []),
  ];
  const columns = [...fields, ...(secret ? [secret] : [])].map(({ column }) => column);
  const type = `'${nounOf({ entity })}.updated'`;
  return trigger(table, 'update', `after update of ${columns.join(', ')} on ${table} when ${conditions.join(' or ')}`, [
    insertEvent(
      table === 'products' ? `iif(${onlyStock(fields)}, 'product.stock_changed', ${type})` : type,
      entity,
      'new.id',
      `new.${label}`,
      listOf(changes),
    ),
  ]);
}

const onlyStock = (fields: readonly TrackedField[]) =>
  fields
    .filter(({ field }) => field !== 'stock')
    .map(({ column }) => `new.${column} is old.${column}`)
    .join(' and ');

const TAG_IDS = 'json_group_array(cast(tag_id as text))';
const ifTagged = (text: string, row: 'old' | 'new') =>
  `coalesce((select ${text} from (select tag_id from product_tags where product_id = ${row}.id order by tag_id) having count(*) > 0), '')`;

/** Before the row goes: its links to tags go with it. */
const tagsGone = ifTagged(change('tagIds', TAG_IDS, "'null'"), 'old');

function entryTriggers(tracked: TrackedTable): SchemaObject[] {
  const { table, entity, label, fields } = tracked;
  const noun = nounOf(tracked);
  const goes = [...fields.map(gone), ...(table === 'products' ? [tagsGone] : [])];
  return [
    trigger(table, 'insert', `after insert on ${table}`, [
      insertEvent(`'${noun}.created'`, entity, 'new.id', `new.${label}`, listOf(fields.map(made))),
    ]),
    updateTrigger(tracked),
    trigger(table, 'delete', `before delete on ${table}`, [
      insertEvent(`'${noun}.deleted'`, entity, 'old.id', `old.${label}`, listOf(goes)),
    ]),
  ];
}

// ---- tags of products

/** The event of a product that this transaction has made, whose tags belong to that event. */
const madeNow = (product: string) =>
  `(select id from events where entity = 'PRODUCT' and entity_id = ${product} and id > (select last_event_id from write_context) and type = 'product.created')`;

// In a text of JSON no value has quotes like these. SQLite's functions for JSON would read all of it, for each tag.
const TAGS = ',{"field":"tagIds","before":null,"after":';
const withoutTags = `substr(changes, 1, coalesce(nullif(instr(changes, '${TAGS}'), 0), length(changes)) - 1)`;

/** Writes the tags that a product has now into the event that made it. */
const retell = (product: string) =>
  `update events set changes = ${withoutTags} || coalesce((select '${TAGS}' || ${TAG_IDS} || '}' from (select tag_id from product_tags where product_id = ${product} order by tag_id) having count(*) > 0), '') || ']' where id = ${madeNow(product)}`;

/** An event of a product that is there, and was before. */
const linkEvent = (type: string, product: string, changes: string) =>
  `${insertEvent(type, 'PRODUCT', 'entry.id', 'entry.name', changes, 'products as entry')} where entry.id = ${product} and not exists ${madeNow(product)}`;

const tagged = [
  retell('new.product_id'),
  linkEvent(
    `'product.tagged'`,
    'new.product_id',
    `'[{"field":"tagIds","before":[],"after":["' || new.tag_id || '"]}]'`,
  ),
];
const untagged = [
  retell('old.product_id'),
  linkEvent(
    `'product.untagged'`,
    'old.product_id',
    `'[{"field":"tagIds","before":["' || old.tag_id || '"],"after":[]}]'`,
  ),
];

const linkTriggers: readonly SchemaObject[] = [
  trigger('product_tags', 'insert', 'after insert on product_tags', tagged),
  trigger('product_tags', 'delete', 'after delete on product_tags', untagged),
  trigger('product_tags', 'update', 'after update of product_id, tag_id on product_tags', [...untagged, ...tagged]),
];

const { entity: PRODUCT, label, fields: PRODUCT_FIELDS } = TRACKED_TABLES.products;
const tagsMade = ifTagged(change('tagIds', "'null'", TAG_IDS), 'new');

/** Writes the events of all new products at once, their tags included, as the triggers do row by row. */
export const sqliteEventsAtOnce: SetBased = {
  triggers: ['products_event_insert', 'product_tags_event_insert'],
  statements: [
    insertEvent(
      `'product.created'`,
      PRODUCT,
      'new.id',
      `new.${label}`,
      listOf([...PRODUCT_FIELDS.map(made), tagsMade]),
      'json_each(?) as given cross join products as new on new.id = given.value',
    ),
  ],
};

export const sqliteEventObjects: readonly SchemaObject[] = [
  writeContext,
  ...Object.values(TRACKED_TABLES).flatMap(entryTriggers),
  ...linkTriggers,
];
