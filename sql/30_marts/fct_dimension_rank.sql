-- grain: one row per team, period and dimension
-- key: team, period_start, dimension
-- reads: fct_condition, rel_dimension, rel_favourable
-- feature: E1
-- edges: zero (a released cell has answers)
-- why: The dimensions of a team, ranked, with what the rank rests on. Equal scores share a rank. The
--   interval takes the spread pooled over all released cells of the dimension; two ranks whose
--   intervals overlap are not told apart by these answers.
-- columns:
--   team varchar: team
--   dimension varchar: dimension of the instrument
--   version integer: version of the instrument
--   period_start date: first civil date of the period, business zone
--   score double: mean over respondents, 0 to 100
--   low double: lower end of its 95 % interval; null if no cell has two respondents
--   high double: upper end
--   favourable_share double: favourable answers among all answers to its items, 0 to 1; null where
--     the catalogue has no map for the scale
--   unfavourable_share double: unfavourable answers, 0 to 1
--   n bigint: respondents
--   rank_in_team bigint: place among the dimensions of the team in the period, 1 is best
--   n_dimensions bigint: dimensions that this place is among
--   rank_of_teams bigint: place among the teams with a released score in the period, 1 is best
--   n_teams bigint: teams that this place is among
with scores as (
    select team, dimension, version, period_start, score, n, se
    from fct_condition
),
degrees as (
    select series, sum(n - 1) as df
    from rel_dimension
    group by series
),
answers as (
    select team, series, period_start, n_answers, n_favourable, n_unfavourable
    from rel_favourable
    where kind = 'dimension'
),
final as ( -- one row of degrees, at most one of answers
    select
        s.team, s.dimension, s.version, s.period_start, s.score, s.n,
        greatest(0.0, s.score - t975(d.df) * s.se) as low,
        least(100.0, s.score + t975(d.df) * s.se) as high,
        safe_div(a.n_favourable, a.n_answers) as favourable_share,
        safe_div(a.n_unfavourable, a.n_answers) as unfavourable_share,
        s.se
    from scores as s
    inner join degrees as d on d.series = s.dimension
    left join answers as a on a.team = s.team and a.series = s.dimension and a.period_start = s.period_start
)
select
    cast(team as varchar) as team,
    cast(dimension as varchar) as dimension,
    cast(version as integer) as version,
    cast(period_start as date) as period_start,
    cast(score as double) as score,
    cast(case when se is not null then low end as double) as low,
    cast(case when se is not null then high end as double) as high,
    cast(favourable_share as double) as favourable_share,
    cast(unfavourable_share as double) as unfavourable_share,
    cast(n as bigint) as n,
    cast(rank() over (partition by team, period_start order by score desc nulls last) as bigint) as rank_in_team,
    cast(count(*) over (partition by team, period_start) as bigint) as n_dimensions,
    cast(rank() over (partition by dimension, period_start order by score desc nulls last) as bigint)
        as rank_of_teams,
    cast(count(*) over (partition by dimension, period_start) as bigint) as n_teams
from final
