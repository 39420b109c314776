-- grain: one row per dimension or item that both leaders and front line answered in some period
-- key: series
-- reads: rel_group, cat_group
-- feature: E6
-- edges: alike (what all agree on is withheld)
-- why: The perception gap over the window, from the periods in which both sides were released. The
--   answers of a side in different periods are taken as those of the same people saying the same
--   again, as in rpt_dimension; with one wave this is Welch's interval as it stands.
-- columns:
--   series varchar: dimension or item
--   dimension varchar: the dimension, or the one that the item adds to
--   kind varchar: dimension or facet
--   version integer: version of the instrument
--   leader_score double: mean over leaders, 0 to 100
--   front_line_score double: mean over the front line, 0 to 100
--   gap double: leaders minus front line, points of 100
--   se double: standard error of gap
--   df double: its degrees of freedom; null if everybody on either side said the same
--   low double: lower end of the 95 % interval of gap
--   high double: upper end
--   favourable_gap double: share of favourable answers of leaders minus that of the front line, -1
--     to 1; null where the catalogue has no map for the scale
--   n_leaders bigint: leaders, added up over periods
--   n_front_line bigint: respondents of the front line, added up over periods
--   periods bigint: periods in which both sides were released
with levels as (
    select attribute
    from cat_group
    where source = 'level'
),
cells as (
    select
        c.group_value, c.series, c.dimension, c.kind, c.version, c.period_start, c.n, c.s1, c.s2, c.n_answers,
        c.n_favourable
    from rel_group as c
    inner join levels as l on l.attribute = c.attribute
    where c.group_value in ('leader', 'front_line')
),
both_sides as (
    select series, period_start
    from cells
    group by series, period_start
    having count(*) = 2
),
sides as (
    select
        c.group_value, c.series, max(c.dimension) as dimension, max(c.kind) as kind, max(c.version) as version,
        count(*) as periods, sum(c.n) as n, sum(c.n - 1) as df,
        safe_div(sum(c.s1), sum(c.n)) * 0.000000001 as score,
        safe_div(sum(c.n_favourable), sum(c.n_answers)) as favourable_share,
        safe_div(
            safe_div(
                sum(squares_about_mean(c.n, c.s1, c.s2) order by c.period_start asc nulls last), sum(c.n - 1))
                * power(sum(sqrt(cast(c.n as double)) order by c.period_start asc nulls last), 2),
            power(sum(c.n), 2)) * 0.000000000000000001 as square
    from cells as c
    inner join both_sides as b on b.series = c.series and b.period_start = c.period_start
    group by c.group_value, c.series
),
final as ( -- one to one
    select
        a.series, a.dimension, a.kind, a.version, a.periods, a.n as n_leaders, b.n as n_front_line,
        a.score as leader_score, b.score as front_line_score, a.score - b.score as gap,
        a.favourable_share - b.favourable_share as favourable_gap,
        sqrt(a.square + b.square) as se,
        safe_div(power(a.square + b.square, 2), safe_div(power(a.square, 2), a.df) + safe_div(power(b.square, 2), b.df))
            as df
    from sides as a
    inner join sides as b on b.series = a.series
    where a.group_value = 'leader' and b.group_value = 'front_line'
)
select
    cast(series as varchar) as series,
    cast(dimension as varchar) as dimension,
    cast(kind as varchar) as kind,
    cast(version as integer) as version,
    cast(leader_score as double) as leader_score,
    cast(front_line_score as double) as front_line_score,
    cast(gap as double) as gap,
    cast(se as double) as se,
    cast(df as double) as df,
    cast(gap - t975(floor(df)) * se as double) as low,
    cast(gap + t975(floor(df)) * se as double) as high,
    cast(favourable_gap as double) as favourable_gap,
    cast(n_leaders as bigint) as n_leaders,
    cast(n_front_line as bigint) as n_front_line,
    cast(periods as bigint) as periods
from final
