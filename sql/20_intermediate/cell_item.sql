-- grain: one row per team, period and item
-- key: team, period_start, series
-- side: inside
-- reads: int_items__respondents, cat_item
-- why: What would be published of an item: the number of respondents, the exact sums of their
--   scores and of the squares.
with scores as (
    select respondent, team, item, period_start, score
    from int_items__respondents
),
items as (
    select item, dimension, version
    from cat_item
)
select
    cast(s.team as varchar) as team,
    cast(s.item as varchar) as series,
    cast(i.dimension as varchar) as dimension,
    cast(i.version as integer) as version,
    cast(s.period_start as date) as period_start,
    cast(count(distinct s.respondent) as bigint) as n,
    exact(sum(s.score)) as s1,
    exact(sum(exact(s.score) * exact(s.score))) as s2,
    cast(false as boolean) as is_public
from scores as s
inner join items as i on i.item = s.item
group by s.team, s.item, i.dimension, i.version, s.period_start
