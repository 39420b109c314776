-- grain: one row per period and dimension or item that both leaders and front line answered
-- key: period_start, series
-- reads: rel_group, cat_group
-- feature: E6
-- edges: one (either side has the minimum of respondents)
-- why: The view from the top set against the view from the front line; the layer between is left
--   out, and both sides must have been released. The interval is Welch's: two spreads, degrees of
--   freedom by Satterthwaite, rounded down.
-- columns:
--   series varchar: dimension or item
--   dimension varchar: the dimension, or the one that the item adds to
--   kind varchar: dimension or facet
--   version integer: version of the instrument
--   period_start date: first civil date of the period, business zone
--   leader_score double: mean over leaders, 0 to 100
--   front_line_score double: mean over the front line, 0 to 100
--   gap double: leaders minus front line, points of 100
--   se double: standard error of gap
--   df double: its degrees of freedom; null if everybody on either side said the same
--   low double: lower end of the 95 % interval of gap
--   high double: upper end
--   favourable_gap double: share of favourable answers of leaders minus that of the front line, -1
--     to 1; null where the catalogue has no map for the scale
--   spread_gap double: standard deviation between leaders minus that of the front line
--   n_leaders bigint: leaders
--   n_front_line bigint: respondents of the front line
with levels as (
    select attribute
    from cat_group
    where source = 'level'
),
cells as (
    select
        c.group_value, c.series, c.dimension, c.kind, c.version, c.period_start, c.n, c.n_answers, c.n_favourable,
        safe_div(c.s1, c.n) * 0.000000001 as score,
        safe_div(squares_about_mean(c.n, c.s1, c.s2), c.n - 1) * 0.000000000000000001 as variance
    from rel_group as c
    inner join levels as l on l.attribute = c.attribute
),
pairs as ( -- one to one
    select
        a.series, a.dimension, a.kind, a.version, a.period_start, a.n as n_leaders, b.n as n_front_line,
        a.score as leader_score, b.score as front_line_score, a.variance as leader_variance,
        b.variance as front_line_variance,
        safe_div(a.variance, a.n) as leader_square, safe_div(b.variance, b.n) as front_line_square,
        safe_div(a.n_favourable, a.n_answers) - safe_div(b.n_favourable, b.n_answers) as favourable_gap
    from cells as a
    inner join cells as b on b.series = a.series and b.period_start = a.period_start
    where a.group_value = 'leader' and b.group_value = 'front_line'
),
final as (
    select
        series, dimension, kind, version, period_start, n_leaders, n_front_line, leader_score, front_line_score,
        leader_variance, front_line_variance, favourable_gap,
        leader_score - front_line_score as gap,
        sqrt(leader_square + front_line_square) as se,
        safe_div(
            power(leader_square + front_line_square, 2),
            safe_div(power(leader_square, 2), n_leaders - 1)
                + safe_div(power(front_line_square, 2), n_front_line - 1)) as df
    from pairs
)
select
    cast(series as varchar) as series,
    cast(dimension as varchar) as dimension,
    cast(kind as varchar) as kind,
    cast(version as integer) as version,
    cast(period_start as date) as period_start,
    cast(leader_score as double) as leader_score,
    cast(front_line_score as double) as front_line_score,
    cast(gap as double) as gap,
    cast(se as double) as se,
    cast(df as double) as df,
    cast(gap - t975(floor(df)) * se as double) as low,
    cast(gap + t975(floor(df)) * se as double) as high,
    cast(favourable_gap as double) as favourable_gap,
    cast(sqrt(leader_variance) - sqrt(front_line_variance) as double) as spread_gap,
    cast(n_leaders as bigint) as n_leaders,
    cast(n_front_line as bigint) as n_front_line
from final
