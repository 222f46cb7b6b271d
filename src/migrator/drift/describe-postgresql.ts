import { LOG_TABLE } from '../migration-log.js';
import type { Session } from '../session.js';
import { literal } from '../sql-text.js';
import type { SchemaItem } from './schema-item.js';

/** All that a schema of a PostgreSQL database consists of; what is the server's own and what extensions bring is left out. */
export async function describePostgresql(session: Session, schema: string): Promise<SchemaItem[]> {
  const items = await session.all<SchemaItem>(queryFor(schema));
  // Some definitions name their schema, and the same object may stand in another one.
  return items.map(({ name, definition }) => ({
    name,
    definition: definition.replaceAll(`${schema}.`, '').replaceAll(`"${schema}".`, '').replaceAll(/\s+/g, ' ').trim(),
  }));
}

const queryFor = (schema: string) => `
with tables as (
  select c.oid, c.relname, c.relkind, c.relpersistence from pg_class c
  where c.relnamespace = (select oid from pg_namespace where nspname = ${literal(schema)})
    and c.relkind in ('r', 'p', 'v', 'm') and c.relname <> ${literal(LOG_TABLE)}
)
select 'table ' || relname as name, case when relpersistence = 'u' then 'unlogged' else '' end as definition
from tables where relkind in ('r', 'p')
union all
select 'view ' || relname, pg_get_viewdef(oid) from tables where relkind in ('v', 'm')
union all
select 'column ' || t.relname || '.' || a.attname, concat_ws(' ',
    format_type(a.atttypid, a.atttypmod),
    case when a.attcollation <> y.typcollation then 'collate "' || c.collname || '"' end,
    case when a.attnotnull then 'not null' end,
    case when a.attgenerated <> '' then 'generated ' || a.attgenerated::text when d.oid is not null then 'default' end,
    pg_get_expr(d.adbin, d.adrelid))
from tables t
  join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
  join pg_type y on y.oid = a.atttypid
  left join pg_collation c on c.oid = a.attcollation
  left join pg_attrdef d on d.adrelid = t.oid and d.adnum = a.attnum
where t.relkind in ('r', 'p')
union all
select 'constraint ' || t.relname || '.' || k.conname, pg_get_constraintdef(k.oid)
from tables t join pg_constraint k on k.conrelid = t.oid and k.contype <> 'n'
union all
select 'index ' || i.relname, pg_get_indexdef(x.indexrelid)
from tables t join pg_index x on x.indrelid = t.oid join pg_class i on i.oid = x.indexrelid
where not exists (select 1 from pg_constraint k where k.conindid = x.indexrelid and k.contype in ('p', 'u', 'x'))
union all
select 'trigger ' || t.relname || '.' || g.tgname, pg_get_triggerdef(g.oid)
from tables t join pg_trigger g on g.tgrelid = t.oid and not g.tgisinternal
union all
select 'function ' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')', pg_get_functiondef(p.oid)
from pg_proc p
where p.pronamespace = (select oid from pg_namespace where nspname = ${literal(schema)}) and p.prokind in ('f', 'p')
  and not exists (select 1 from pg_depend d where d.objid = p.oid and d.deptype = 'e')
union all
select 'type ' || y.typname, string_agg(e.enumlabel, ', ' order by e.enumsortorder)
from pg_type y join pg_enum e on e.enumtypid = y.oid
where y.typnamespace = (select oid from pg_namespace where nspname = ${literal(schema)})
group by y.typname
union all
select 'extension ' || extname, '' from pg_extension
order by 1`;
