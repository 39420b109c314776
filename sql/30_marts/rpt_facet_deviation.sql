-- grain: one row per item with released cells
-- key: item
-- reads: rel_deviation, rel_favourable, rpt_facet
-- feature: E2
-- edges: alike (what all agree on is withheld)
-- why: Which items lie off the average of their dimension, and on which people disagree most. From
--   released cells only; answers of a team in different periods are taken as those of the same
--   people, as in rpt_dimension.
-- columns:
--   dimension varchar: dimension that it adds to
--   item varchar: item of the instrument
--   version integer: version of the instrument
--   deviation double: item score minus dimension score, mean over respondents with both, points of
--     100
--   se double: standard error of deviation; null if no cell has two respondents
--   low double: lower end of the 95 % interval
--   high double: upper end
--   sd double: standard deviation of the item's score between respondents
--   spread_rank bigint: place by sd within the dimension, 1 is the widest
--   favourable_share double: favourable answers, 0 to 1; null where the catalogue has no map for the
--     scale
--   neutral_share double: answers that are neither
--   unfavourable_share double: unfavourable answers
--   n bigint: respondents with item and dimension, added up over periods
with cells as (
    select team, series, dimension, version, period_start, n, d1, d2
    from rel_deviation
),
spreads as (
    select item, sd
    from rpt_facet
),
answers as (
    select
        series, sum(n_answers) as n_answers, sum(n_favourable) as n_favourable, sum(n_unfavourable) as n_unfavourable
    from rel_favourable
    where kind = 'facet'
    group by series
),
teams as (
    select
        team, series, max(dimension) as dimension, max(version) as version, sum(n) as n, sum(d1) as d1,
        sum(squares_about_mean(n, d1, d2) order by period_start asc nulls last) as squares,
        sum(n - 1) as df,
        sum(sqrt(cast(n as double)) order by period_start asc nulls last) as root_n
    from cells
    group by team, series
),
totals as (
    select
        series, max(dimension) as dimension, max(version) as version, sum(n) as n, sum(d1) as d1, sum(df) as df,
        safe_div(sum(squares order by team asc nulls last), sum(df)) as variance,
        sum(root_n * root_n order by team asc nulls last) as squared_roots
    from teams
    group by series
),
final as ( -- at most one row each
    select
        t.dimension, t.series, t.version, t.n, t.df, s.sd, a.n_answers, a.n_favourable, a.n_unfavourable,
        safe_div(t.d1, t.n) * 0.000000001 as deviation,
        safe_div(sqrt(t.variance * t.squared_roots), t.n) * 0.000000001 as se
    from totals as t
    left join spreads as s on s.item = t.series
    left join answers as a on a.series = t.series
)
select
    cast(dimension as varchar) as dimension,
    cast(series as varchar) as item,
    cast(version as integer) as version,
    cast(deviation as double) as deviation,
    cast(se as double) as se,
    cast(deviation - t975(df) * se as double) as low,
    cast(deviation + t975(df) * se as double) as high,
    cast(sd as double) as sd,
    cast(rank() over (partition by dimension order by sd desc nulls last) as bigint) as spread_rank,
    safe_div(n_favourable, n_answers) as favourable_share,
    safe_div(n_answers - n_favourable - n_unfavourable, n_answers) as neutral_share,
    safe_div(n_unfavourable, n_answers) as unfavourable_share,
    cast(n as bigint) as n
from final
