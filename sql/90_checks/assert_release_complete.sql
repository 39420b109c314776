-- grain: one row per relation whose released rows are not those that the release step decided
-- key: relation
-- reads: raw_verdict, rel_dimension, rel_item, rel_item_step, rel_measure, rel_favourable,
--   rel_deviation, rel_group, rel_group_total, rel_scale, rel_pulse, rel_comment, fct_condition,
--   fct_facet, fct_condition_measure, fct_facet_deviation, fct_group, fct_group_total, fct_pulse,
--   fct_comment
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
    union all
    select 'cell_favourable', 'rel_favourable', count(*) from rel_favourable
    union all
    select 'cell_deviation', 'rel_deviation', count(*) from rel_deviation
    union all
    select 'cell_group', 'rel_group', count(*) from rel_group
    union all
    select 'cell_group_total', 'rel_group_total', count(*) from rel_group_total
    union all
    select 'cell_scale', 'rel_scale', count(*) from rel_scale
    union all
    select 'cell_pulse', 'rel_pulse', count(*) from rel_pulse
    union all
    select 'cell_comment', 'rel_comment', count(*) from rel_comment
    union all
    select 'cell_deviation', 'fct_facet_deviation', count(*) from fct_facet_deviation
    union all
    select 'cell_group', 'fct_group', count(*) from fct_group
    union all
    select 'cell_group_total', 'fct_group_total', count(*) from fct_group_total
    union all
    select 'cell_pulse', 'fct_pulse', count(*) from fct_pulse
    union all
    select 'cell_comment', 'fct_comment', count(*) from fct_comment
)
select
    cast(f.relation as varchar) as relation,
    cast(coalesce(d.n, 0) as bigint) as n_decided,
    cast(f.n as bigint) as n_found
from found as f
left join decided as d on d.relation = f.cell
where coalesce(d.n, 0) <> f.n
