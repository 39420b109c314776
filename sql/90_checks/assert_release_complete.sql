-- grain: one row per relation whose released rows are not those that the release step decided
-- key: relation
-- reads: raw_verdict, rel_dimension, rel_item, rel_item_step, rel_measure, fct_condition,
--   fct_facet, fct_condition_measure
-- why: What was decided is what is published: no row more, none less.
-- severity: stop
-- fix: This is a fault of the program, not of the data. Do not publish.
-- columns:
--   relation varchar: relation
--   n_decided bigint: rows that the release step showed
--   n_found bigint: rows found
with decided as (
    select relation, count(*) filter (where is_shown) as n
    from raw_verdict
    group by relation
),
found as (
    select 'cell_dimension' as cell, 'rel_dimension' as relation, count(*) as n from rel_dimension
    union all
    select 'cell_item', 'rel_item', count(*) from rel_item
    union all
    select 'cell_item_step', 'rel_item_step', count(*) from rel_item_step
    union all
    select 'cell_measure', 'rel_measure', count(*) from rel_measure
    union all
    select 'cell_dimension', 'fct_condition', count(*) from fct_condition
    union all
    select 'cell_item', 'fct_facet', count(*) from fct_facet
    union all
    select 'cell_measure', 'fct_condition_measure', count(*) from fct_condition_measure
)
select
    cast(f.relation as varchar) as relation,
    cast(coalesce(d.n, 0) as bigint) as n_decided,
    cast(f.n as bigint) as n_found
from found as f
left join decided as d on d.relation = f.cell
where coalesce(d.n, 0) <> f.n
