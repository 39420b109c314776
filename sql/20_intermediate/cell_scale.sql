-- grain: one row per team, period and item
-- key: team, period_start, series
-- side: inside
-- reads: int_items__respondents, cat_item
-- why: Sums behind the quality of a dimension as a scale, over respondents who answered every one
--   of its items that was ever asked: the item (x), the sum of all items (t), their squares and
--   their product. An item that was asked in some periods only leaves the others without such
--   respondents.
with scores as (
    select respondent, team, item, dimension, period_start, score
    from int_items__respondents
),
versions as (
    select item, version
    from cat_item
),
asked as (
    select dimension, count(distinct item) as n_items
    from scores
    group by dimension
),
totals as (
    select respondent, team, dimension, period_start, count(*) as n_answered, sum(score) as total
    from scores
    group by respondent, team, dimension, period_start
),
complete as (
    select t.respondent, t.team, t.dimension, t.period_start, t.total, a.n_items
    from totals as t
    inner join asked as a on a.dimension = t.dimension and a.n_items = t.n_answered
)
select -- as many items a respondent as n_items
    cast(s.team as varchar) as team,
    cast(s.item as varchar) as series,
    cast(s.dimension as varchar) as dimension,
    cast(v.version as integer) as version,
    cast(s.period_start as date) as period_start,
    cast(c.n_items as bigint) as n_items,
    cast(count(*) as bigint) as n,
    exact(sum(s.score)) as x1,
    exact(sum(exact(s.score) * exact(s.score))) as x2,
    exact(sum(c.total)) as t1,
    exact(sum(exact(c.total) * exact(c.total))) as t2,
    exact(sum(exact(s.score) * exact(c.total))) as xt,
    cast(false as boolean) as is_public
from scores as s
inner join complete as c
    on c.respondent = s.respondent and c.team = s.team and c.dimension = s.dimension
        and c.period_start = s.period_start
inner join versions as v on v.item = s.item
group by s.team, s.item, s.dimension, v.version, s.period_start, c.n_items
