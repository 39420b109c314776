-- grain: one row per item with released cells
-- key: item
-- feature: E2
-- reads: rel_item, cat_item
-- why: What lies beneath the average: the items of a dimension with their spread. Built from
--   released cells only; the standard error as in rpt_dimension.
-- columns:
--   dimension varchar: dimension that it adds to
--   item varchar: item of the instrument
--   facet varchar: what it looks at, in a few words
--   text varchar: the question
--   score double: mean over respondents, 0 to 100
--   se double: standard error of score; null if no cell has two respondents
--   sd double: standard deviation between respondents, teams and periods taken together; null if one
--     team alone has released cells
--   n bigint: respondents, added up over periods
with cells as (
    select team, series, dimension, period_start, n, s1, s2
    from rel_item
),
items as (
    select item, facet, text
    from cat_item
),
teams as (
    select
        series, max(dimension) as dimension, team, sum(n) as n, sum(s1) as s1, sum(s2) as s2,
        sum(squares_about_mean(n, s1, s2) order by period_start asc nulls last) as squares,
        sum(n - 1) as df,
        sum(sqrt(cast(n as double)) order by period_start asc nulls last) as root_n
    from cells
    group by series, team
),
totals as (
    select
        series, max(dimension) as dimension, count(*) as n_teams, sum(n) as n, sum(s1) as s1, sum(s2) as s2,
        safe_div(sum(squares order by team asc nulls last), sum(df)) as variance,
        sum(root_n * root_n order by team asc nulls last) as squared_roots
    from teams
    group by series
)
select
    cast(t.dimension as varchar) as dimension,
    cast(t.series as varchar) as item,
    cast(i.facet as varchar) as facet,
    cast(i.text as varchar) as text,
    safe_div(t.s1, t.n) * 0.000000001 as score,
    safe_div(sqrt(t.variance * t.squared_roots), t.n) * 0.000000001 as se,
    case
        when t.n_teams > 1 then sqrt(
            safe_div(cast(exact(t.n) * exact(t.s2) - exact(t.s1) * exact(t.s1) as double), exact(t.n) * exact(t.n - 1)))
            * 0.000000001
    end as sd,
    cast(t.n as bigint) as n
from totals as t
inner join items as i on i.item = t.series
