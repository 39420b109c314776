-- grain: one row per team and dimension with released cells
-- key: team, dimension
-- reads: rel_dimension, rel_favourable
-- feature: E1
-- edges: alike (what all agree on is withheld)
-- why: A team over the whole window, from its released periods only. The answers of a team in
--   different periods are taken as those of the same people, as in rpt_dimension; the spread is the
--   one pooled over all released cells of the dimension.
-- columns:
--   team varchar: team
--   dimension varchar: dimension of the instrument
--   version integer: version of the instrument
--   score double: mean over respondents and periods, 0 to 100
--   se double: standard error of score; null if no cell has two respondents
--   low double: lower end of the 95 % interval
--   high double: upper end
--   favourable_share double: favourable answers among all answers to its items, 0 to 1; null where
--     the catalogue has no map for the scale
--   n bigint: respondents, added up over periods
--   periods bigint: periods with a released cell
--   rank_in_team bigint: place among the dimensions of the team, 1 is best
--   rank_of_teams bigint: place of the team in this dimension, 1 is best
--   n_teams bigint: teams that this place is among
with cells as (
    select team, series, version, period_start, n, s1, s2
    from rel_dimension
),
answers as (
    select team, series, sum(n_favourable) as n_favourable, sum(n_answers) as n_answers
    from rel_favourable
    where kind = 'dimension'
    group by team, series
),
spreads as (
    select
        series, sum(n - 1) as df,
        safe_div(
            sum(squares_about_mean(n, s1, s2) order by team asc nulls last, period_start asc nulls last),
            sum(n - 1)) as variance
    from cells
    group by series
),
teams as (
    select
        team, series, max(version) as version, sum(n) as n, sum(s1) as s1, count(*) as periods,
        sum(sqrt(cast(n as double)) order by period_start asc nulls last) as root_n
    from cells
    group by team, series
),
final as ( -- one row of spreads, at most one of answers
    select
        t.team, t.series, t.version, t.n, t.periods, s.df,
        safe_div(t.s1, t.n) * 0.000000001 as score,
        safe_div(sqrt(s.variance) * t.root_n, t.n) * 0.000000001 as se,
        safe_div(a.n_favourable, a.n_answers) as favourable_share
    from teams as t
    inner join spreads as s on s.series = t.series
    left join answers as a on a.team = t.team and a.series = t.series
)
select
    cast(team as varchar) as team,
    cast(series as varchar) as dimension,
    cast(version as integer) as version,
    cast(score as double) as score,
    cast(se as double) as se,
    cast(case when se is not null then greatest(0.0, score - t975(df) * se) end as double) as low,
    cast(case when se is not null then least(100.0, score + t975(df) * se) end as double) as high,
    cast(favourable_share as double) as favourable_share,
    cast(n as bigint) as n,
    cast(periods as bigint) as periods,
    cast(rank() over (partition by team order by score desc nulls last) as bigint) as rank_in_team,
    cast(rank() over (partition by series order by score desc nulls last) as bigint) as rank_of_teams,
    cast(count(*) over (partition by series) as bigint) as n_teams
from final
