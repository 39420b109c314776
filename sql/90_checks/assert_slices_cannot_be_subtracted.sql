-- grain: one row per published total whose withheld groups would follow from it
-- key: attribute, series, period_start
-- reads: fct_group_total, fct_group, raw_run
-- why: A total beside all of its groups but one is that group, and beside all but two small ones it
--   is two people too well known. What a total leaves when the published groups are taken from it is
--   nobody, or two groups of at least the minimum together.
-- severity: stop
-- fix: This is a fault of the program, not of the data: complementary suppression did not do its
--   work. Do not publish.
-- columns:
--   attribute varchar: what employees are told apart by
--   series varchar: dimension or item
--   period_start date: first civil date of the period
--   n_hidden bigint: groups withheld
--   n_left bigint: people in them
with run as (
    select min_group
    from raw_run
),
totals as (
    select attribute, series, period_start, n, n_groups
    from fct_group_total
),
groups as (
    select attribute, series, period_start, sum(n) as n, count(*) as n_groups
    from fct_group
    group by attribute, series, period_start
),
rests as ( -- at most one row of groups
    select
        t.attribute, t.series, t.period_start, t.n_groups - coalesce(g.n_groups, 0) as n_hidden,
        t.n - coalesce(g.n, 0) as n_left
    from totals as t
    left join groups as g
        on g.attribute = t.attribute and g.series = t.series and g.period_start = t.period_start
)
select -- run has one row
    cast(r.attribute as varchar) as attribute,
    cast(r.series as varchar) as series,
    cast(r.period_start as date) as period_start,
    cast(r.n_hidden as bigint) as n_hidden,
    cast(r.n_left as bigint) as n_left
from rests as r
cross join run
where (r.n_hidden > 0 or r.n_left <> 0) and (r.n_hidden < 2 or r.n_left < run.min_group)
