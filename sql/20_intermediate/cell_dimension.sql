-- grain: one row per team, period and dimension
-- key: team, period_start, series
-- side: inside
-- reads: int_dimensions__respondents, cat_dimension
-- why: What would be published of a dimension: the number of respondents, the exact sums of their
--   scores and of the squares.
with scores as (
    select respondent, team, dimension, period_start, score
    from int_dimensions__respondents
),
dimensions as (
    select dimension, version
    from cat_dimension
)
select
    cast(s.team as varchar) as team,
    cast(s.dimension as varchar) as series,
    cast(d.version as integer) as version,
    cast(s.period_start as date) as period_start,
    cast(count(distinct s.respondent) as bigint) as n,
    exact(sum(s.score)) as s1,
    exact(sum(exact(s.score) * exact(s.score))) as s2,
    cast(false as boolean) as is_public
from scores as s
inner join dimensions as d on d.dimension = s.dimension
group by s.team, s.dimension, d.version, s.period_start
