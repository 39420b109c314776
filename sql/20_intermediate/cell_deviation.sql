-- grain: one row per team, period and item
-- key: team, period_start, series
-- side: inside
-- reads: int_scores__respondents
-- why: How far an item lies from its dimension, within each respondent who has both: the number of
--   respondents, the exact sums of the differences and of their squares.
with facets as (
    select respondent, team, series, dimension, version, period_start, score
    from int_scores__respondents
    where kind = 'facet'
),
dimensions as (
    select respondent, team, series, period_start, score
    from int_scores__respondents
    where kind = 'dimension'
),
differences as ( -- one dimension each
    select f.team, f.series, f.dimension, f.version, f.period_start, exact(f.score) - exact(d.score) as difference
    from facets as f
    inner join dimensions as d
        on d.respondent = f.respondent and d.team = f.team and d.series = f.dimension
            and d.period_start = f.period_start
)
select
    cast(team as varchar) as team,
    cast(series as varchar) as series,
    cast(dimension as varchar) as dimension,
    cast(version as integer) as version,
    cast(period_start as date) as period_start,
    cast(count(*) as bigint) as n,
    exact(sum(difference)) as d1,
    exact(sum(difference * difference)) as d2,
    cast(false as boolean) as is_public
from differences
group by team, series, dimension, version, period_start
