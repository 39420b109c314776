-- grain: one row per team, period and dimension
-- key: team, period_start, series
-- side: inside
-- reads: int_dimensions__respondents, cat_dimension
-- why: What would be published of a dimension: the number of respondents, the exact sums of their
--   scores and of the squares. The release step looks at how many have the commonest score
--   (n_alike).
with scores as (
    select respondent, team, dimension, period_start, score
    from int_dimensions__respondents
),
dimensions as (
    select dimension, version
    from cat_dimension
),
values_chosen as (
    select team, dimension, period_start, score, count(*) as n
    from scores
    group by team, dimension, period_start, score
),
alike as (
    select team, dimension, period_start, max(n) as n_alike
    from values_chosen
    group by team, dimension, period_start
)
select -- one row of alike each
    cast(s.team as varchar) as team,
    cast(s.dimension as varchar) as series,
    cast(s.dimension as varchar) as family,
    cast(d.version as integer) as version,
    cast(s.period_start as date) as period_start,
    cast(count(distinct s.respondent) as bigint) as n,
    cast(max(a.n_alike) as bigint) as n_alike,
    exact(sum(s.score)) as s1,
    exact(sum(exact(s.score) * exact(s.score))) as s2,
    cast(false as boolean) as is_public
from scores as s
inner join dimensions as d on d.dimension = s.dimension
inner join alike as a on a.team = s.team and a.dimension = s.dimension and a.period_start = s.period_start
group by s.team, s.dimension, d.version, s.period_start
