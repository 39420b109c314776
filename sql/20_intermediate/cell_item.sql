-- grain: one row per team, period and item
-- key: team, period_start, series
-- side: inside
-- reads: int_items__respondents, int_dimensions__respondents, cat_item
-- why: What would be published of an item: the number of respondents, the exact sums of their
--   scores and of the squares. The release step looks at how many gave the commonest answer
--   (n_alike), have the dimension without the item (n_lacking), and the item without the dimension
--   (n_beyond): taking the sums of other people from each other leaves the difference.
with scores as (
    select respondent, team, item, dimension, period_start, score
    from int_items__respondents
),
dimensions as (
    select respondent, team, dimension, period_start
    from int_dimensions__respondents
),
items as (
    select item, dimension, version
    from cat_item
),
values_chosen as (
    select team, item, period_start, score, count(*) as n
    from scores
    group by team, item, period_start, score
),
alike as (
    select team, item, period_start, max(n) as n_alike
    from values_chosen
    group by team, item, period_start
),
asked as (
    select team, dimension, period_start, count(*) as n
    from dimensions
    group by team, dimension, period_start
),
sums as ( -- at most one row of dimensions each
    select
        s.team, s.item, s.dimension, s.period_start, count(distinct s.respondent) as n, count(d.respondent) as n_both,
        sum(s.score) as s1, sum(exact(s.score) * exact(s.score)) as s2
    from scores as s
    left join dimensions as d
        on d.respondent = s.respondent and d.team = s.team and d.dimension = s.dimension
            and d.period_start = s.period_start
    group by s.team, s.item, s.dimension, s.period_start
)
select -- one row of alike, at most one of asked
    cast(s.team as varchar) as team,
    cast(s.item as varchar) as series,
    cast(i.dimension as varchar) as family,
    cast(i.dimension as varchar) as dimension,
    cast(i.version as integer) as version,
    cast(s.period_start as date) as period_start,
    cast(s.n as bigint) as n,
    cast(a.n_alike as bigint) as n_alike,
    cast(coalesce(d.n, 0) - s.n_both as bigint) as n_lacking,
    cast(s.n - s.n_both as bigint) as n_beyond,
    exact(s.s1) as s1,
    exact(s.s2) as s2,
    cast(false as boolean) as is_public
from sums as s
inner join items as i on i.item = s.item
inner join alike as a on a.team = s.team and a.item = s.item and a.period_start = s.period_start
left join asked as d on d.team = s.team and d.dimension = s.dimension and d.period_start = s.period_start
