-- grain: one row per published number of a group of employees that rests on fewer people than the
--   minimum
-- key: relation, who, series?, period_start?
-- reads: fct_dimension_rank, fct_facet_deviation, fct_group, fct_group_total, fct_perception_gap,
--   rpt_perception_gap, fct_pulse, fct_comment, rpt_scale_item, fct_proxy, raw_run, cat_comment
-- why: The last look before publication at what is told about groups: by team, by whatever else
--   employees are told apart by, on both sides of a gap, and at their own words.
-- severity: stop
-- fix: This is a fault of the program, not of the data: a mart got past the release step. Do not
--   publish.
-- columns:
--   relation varchar: mart
--   who varchar: team or group
--   series varchar: dimension or item
--   period_start date: first civil date of the period; null for the whole window
--   n bigint: people
with run as (
    select min_group
    from raw_run
),
rule as (
    select min_writers
    from cat_comment
),
cells as (
    select 'fct_dimension_rank' as relation, team as who, dimension as series, period_start, n
    from fct_dimension_rank
    union all
    select 'fct_facet_deviation', team, item, period_start, n from fct_facet_deviation
    union all
    select 'fct_group', group_value, series, period_start, n from fct_group
    union all
    select 'fct_group_total', attribute, series, period_start, n from fct_group_total
    union all
    select 'fct_perception_gap', 'both sides', series, period_start, least(n_leaders, n_front_line)
    from fct_perception_gap
    union all
    select 'rpt_perception_gap', 'both sides', series, null, least(n_leaders, n_front_line)
    from rpt_perception_gap
    union all
    select 'fct_pulse', team, item, week_start, n from fct_pulse
    union all
    select 'rpt_scale_item', 'all', item, null, n from rpt_scale_item
    union all
    select 'fct_proxy', team, dimension, period_start, n from fct_proxy
),
found as ( -- run and rule have one row each
    select c.relation, c.who, c.series, c.period_start, c.n
    from cells as c
    cross join run
    where coalesce(c.n, 0) < run.min_group
    union all
    select 'fct_comment', f.group_value, null, null, max(f.n_writers)
    from fct_comment as f
    cross join rule
    where coalesce(f.n_writers, 0) < rule.min_writers
    group by f.group_value
)
select
    cast(relation as varchar) as relation,
    cast(who as varchar) as who,
    cast(series as varchar) as series,
    cast(period_start as date) as period_start,
    cast(n as bigint) as n
from found
