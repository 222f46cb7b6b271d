import { MADE_PRODUCT } from '../database/made-entry.js';
import type { SchemaObject } from '../database/schema-objects.js';
import { truncateRefusals } from './refuse-truncate.js';
import { type FieldForm, nounOf, type TrackedField, type TrackedTable, TRACKED_TABLES } from './tracked-tables.js';

/** A setting of a transaction: on while it inserts rows whose events it writes itself, all at once. */
export const TOLD_AT_ONCE = 'catalog.told_at_once';

/** The channel on which a commit that wrote events says so. */
export const EVENTS_CHANNEL = 'catalog_events';

/** Held from a transaction's first event until its commit: so that ids are given in the order of the commits. */
const EVENTS_LOCK = 8_214_003;

const plpgsql = (name: string, signature: string, returns: string, body: string): SchemaObject => ({
  name,
  create: `create or replace function ${name}(${signature}) returns ${returns} language plpgsql as $$\n${body.trim()}\n$$`,
  drop: `drop function ${name}(${signature.replaceAll(/\w+ (\w+)/g, '$1')})`,
});

const setting = (name: string) => `nullif(current_setting('catalog.${name}', true), '')`;

const writeEvent = plpgsql(
  'write_event',
  'given_type text, given_entity text, given_id int, given_label text, given_changes text',
  'void',
  `
begin
  perform pg_advisory_xact_lock(${EVENTS_LOCK});
  insert into events (type, entity, entity_id, label, changes, actor_id, source, request_id, occurred_at)
  values (given_type, given_entity, given_id, given_label, given_changes,
    ${setting('actor_id')}::int, coalesce(${setting('source')}, 'SQL'), ${setting('request_id')}, clock_timestamp());
  perform pg_notify('${EVENTS_CHANNEL}', '');
end`,
);

const JSON_FORMS: Readonly<Record<FieldForm, (value: string) => string>> = {
  text: (value) => `coalesce(to_json(${value})::text, 'null')`,
  integer: (value) => `coalesce(${value}::text, 'null')`,
  float: (value) => `coalesce(to_json(${value})::text, 'null')`,
  boolean: (value) => `${value}::text`,
  id: (value) => `coalesce('"' || ${value} || '"', 'null')`,
  money: (value) => `'"' || ${value} / 100 || '.' || right((${value} % 100 + 100)::text, 2) || '"'`,
};

const jsonOf = ({ form, column }: TrackedField, row: 'old' | 'new') => JSON_FORMS[form](`${row}.${column}`);
const change = (field: string, before: string, after: string) =>
  `',{"field":"${field}","before":' || ${before} || ',"after":' || ${after} || '}'`;
const listOf = (changes: readonly string[]) => `'[' || substr(${changes.join('\n    || ')}, 2) || ']'`;
const differs = ({ column }: TrackedField) => `old.${column} is distinct from new.${column}`;
const onlyIf = (condition: string, text: string) => `case when ${condition} then ${text} else '' end`;

const made = (field: TrackedField) =>
  onlyIf(`new.${field.column} is not null`, change(field.field, "'null'", jsonOf(field, 'new')));
const gone = (field: TrackedField) =>
  onlyIf(`old.${field.column} is not null`, change(field.field, jsonOf(field, 'old'), "'null'"));
const changed = (field: TrackedField) =>
  onlyIf(differs(field), change(field.field, jsonOf(field, 'old'), jsonOf(field, 'new')));

/** The tags that a product has at the commit, in the event that makes it. */
const tagsMade = `coalesce((select ${change('tagIds', "'null'", `json_agg(tag_id::text order by tag_id)::text`)} from product_tags where product_id = new.id having count(*) > 0), '')`;

const typeOfUpdate = (tracked: TrackedTable) => {
  const type = `'${nounOf(tracked)}.updated'`;
  if (tracked.table !== 'products') return type;
  const others = tracked.fields.filter(({ field }) => field !== 'stock').map(differs);
  return `case when ${others.join(' or ')} then ${type} else 'product.stock_changed' end`;
};

const isRehash = `coalesce(current_setting('catalog.is_rehash', true), '') = 'true'`;
const secretDiffers = (secret: TrackedField) => `(${differs(secret)} and not ${isRehash})`;

function entryFunction(tracked: TrackedTable): SchemaObject {
  const { table, entity, label, fields, secret } = tracked;
  const noun = nounOf(tracked);
  const makes = [...fields.map(made), ...(table === 'products' ? [tagsMade] : [])];
  const changes = [
    ...fields.map(changed),
    ...(secret ? [onlyIf(secretDiffers(secret), change(secret.field, "'null'", "'null'"))] : []),
  ];
  return plpgsql(
    `write_event_of_${noun}`,
    '',
    'trigger',
    `
begin
  if tg_op = 'INSERT' then
    perform write_event('${noun}.created', '${entity}', new.id, new.${label}, ${listOf(makes)});
  elsif tg_op = 'UPDATE' then
    perform write_event(${typeOfUpdate(tracked)}, '${entity}', new.id, new.${label}, ${listOf(changes)});
  else
    perform write_event('${noun}.deleted', '${entity}', old.id, old.${label}, ${listOf(fields.map(gone))});
  end if;
  return null;
end`,
  );
}

/**
 * At the commit. A condition on the rows is asked at once, though, so that an update of nothing public is not even noted.
 */
const deferredTrigger = (
  table: string,
  operation: 'insert' | 'update' | 'delete',
  call: string,
  condition?: string,
): SchemaObject => {
  const name = `${table}_event_${operation}`;
  return {
    name,
    on: table,
    create: `create constraint trigger ${name} after ${operation} on ${table} deferrable initially deferred for each row ${condition ? `when (${condition}) ` : ''}execute function ${call}()`,
    drop: `drop trigger ${name} on ${table}`,
  };
};

const isToldByRow = `current_setting('${TOLD_AT_ONCE}', true) is distinct from 'on'`;

function entryTriggers(tracked: TrackedTable): SchemaObject[] {
  const { table, fields, secret } = tracked;
  const call = `write_event_of_${nounOf(tracked)}`;
  const conditions = [...fields.map(differs), ...(secret ? [secretDiffers(secret)] : [])];
  return [
    deferredTrigger(table, 'insert', call, table === 'products' ? isToldByRow : undefined),
    deferredTrigger(table, 'update', call, conditions.join(' or ')),
    deferredTrigger(table, 'delete', call),
  ];
}

// ---- tags of products

const linkFunctions: readonly SchemaObject[] = [
  // A product that is gone took its tags with it: they belong to the event of its end. One that this transaction has
  // made says its tags itself, by those that it has at the commit.
  plpgsql(
    'write_event_of_tagging',
    'given_type text, given_product int, given_tag int',
    'void',
    `
declare
  product_name text := (select name from products where id = given_product);
  change_text text := case when given_type = 'product.tagged'
    then '{"field":"tagIds","before":[],"after":["' || given_tag || '"]}'
    else '{"field":"tagIds","before":["' || given_tag || '"],"after":[]}' end;
begin
  if product_name is null then
    if given_type = 'product.untagged' then
      update events set changes = case when changes like '%"],"after":null}]'
        then left(changes, -length('],"after":null}]')) || ',"' || given_tag || '"],"after":null}]'
        else left(changes, -1) || ',{"field":"tagIds","before":["' || given_tag || '"],"after":null}]' end
      where id = (select max(id) from events where entity = 'PRODUCT' and entity_id = given_product) and type = 'product.deleted';
    end if;
  elsif not exists (select 1 from (
    select type, xmin from events where entity = 'PRODUCT' and entity_id = given_product order by id limit 1
  ) as first_event where type = 'product.created' and xmin = pg_current_xact_id()::xid) then
    perform write_event(given_type, 'PRODUCT', given_product, product_name, '[' || change_text || ']');
  end if;
end`,
  ),
  plpgsql(
    'write_event_of_link',
    '',
    'trigger',
    `
begin
  if tg_op <> 'INSERT' then
    perform write_event_of_tagging('product.untagged', old.product_id, old.tag_id);
  end if;
  if tg_op <> 'DELETE' then
    perform write_event_of_tagging('product.tagged', new.product_id, new.tag_id);
  end if;
  return null;
end`,
  ),
];

/** One that isn't is asked for at the commit whether its product was made by the transaction, which takes two looks. */
const isToldByLink = `${isToldByRow} and current_setting('${MADE_PRODUCT}', true) is distinct from new.product_id::text`;

const linkConditions = {
  insert: isToldByLink,
  // The category that a link has beside is the product's, and told of there.
  update: 'old.product_id <> new.product_id or old.tag_id <> new.tag_id',
  delete: undefined,
};

const linkTriggers = (['insert', 'update', 'delete'] as const).map((operation) =>
  deferredTrigger('product_tags', operation, 'write_event_of_link', linkConditions[operation]),
);

// ---- many products at once

const { entity: PRODUCT, label, fields: PRODUCT_FIELDS } = TRACKED_TABLES.products;

const madeEvents = (id: string, name: string, changes: string, from: string) =>
  `insert into events (type, entity, entity_id, label, changes, actor_id, source, request_id, occurred_at)
select 'product.created', '${PRODUCT}', ${id}, ${name}, ${changes},
  ${setting('actor_id')}::int, coalesce(${setting('source')}, 'SQL'), ${setting('request_id')}, clock_timestamp()
from ${from}`;

/**
 * Writes the events of all new products at once, their tags included, as the triggers do row by row. What the transaction
 * has done before is told of in front of them. The one value, of the statement that has one, is the list of their ids.
 */
export const postgresqlEventsAtOnce = {
  before: [
    'set constraints all immediate',
    'set constraints all deferred',
    `select pg_advisory_xact_lock(${EVENTS_LOCK})`,
  ],
  statement: madeEvents(
    'new.id',
    `new.${label}`,
    listOf([...PRODUCT_FIELDS.map(made), tagsMade]),
    'unnest($1::int[]) with ordinality as given(id, place) join products as new on new.id = given.id order by given.place',
  ),
  /** The same where the changes are known. Its values: the products' ids, their names, and the changes, a line each. */
  madeStatement: madeEvents(
    'id',
    'name',
    'changes',
    "unnest($1::int[], $2::text[], string_to_array($3, e'\\n')) as given(id, name, changes)",
  ),
  after: [`select pg_notify('${EVENTS_CHANNEL}', '')`],
};

export const postgresqlEventObjects: readonly SchemaObject[] = [
  writeEvent,
  ...Object.values(TRACKED_TABLES).map(entryFunction),
  ...linkFunctions,
  ...Object.values(TRACKED_TABLES).flatMap(entryTriggers),
  ...linkTriggers,
  ...truncateRefusals,
];
