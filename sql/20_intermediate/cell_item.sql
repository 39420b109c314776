-- grain: one row per team, period and item
-- key: team, period_start, series
-- side: inside
-- reads: int_items__respondents, int_dimensions__patterns, cat_item
-- why: What would be published of an item, among those who answered the items of its dimension as
--   most of the team did: the number of respondents, the exact sums of their scores and of the
--   squares. The release step looks at how many gave the commonest answer (n_alike), and at how many
--   others there are (n_odd).
with scores as (
    select respondent, team, item, period_start, score
    from int_items__respondents
),
patterns as (
    select respondent, team, dimension, period_start, is_common, n_odd
    from int_dimensions__patterns
),
items as (
    select item, dimension, version
    from cat_item
),
chosen as ( -- one pattern each
    select s.respondent, s.team, s.item, i.dimension, i.version, s.period_start, s.score, p.n_odd
    from scores as s
    inner join items as i on i.item = s.item
    inner join patterns as p
        on p.respondent = s.respondent and p.team = s.team and p.dimension = i.dimension
            and p.period_start = s.period_start
    where p.is_common
),
values_chosen as (
    select team, item, period_start, score, count(*) as n
    from chosen
    group by team, item, period_start, score
),
alike as (
    select team, item, period_start, max(n) as n_alike
    from values_chosen
    group by team, item, period_start
)
select -- one row of alike
    cast(s.team as varchar) as team,
    cast(s.item as varchar) as series,
    cast(s.dimension as varchar) as family,
    cast(s.dimension as varchar) as dimension,
    cast(s.version as integer) as version,
    cast(s.period_start as date) as period_start,
    cast(count(distinct s.respondent) as bigint) as n,
    cast(max(a.n_alike) as bigint) as n_alike,
    cast(max(s.n_odd) as bigint) as n_odd,
    exact(sum(s.score)) as s1,
    exact(sum(exact(s.score) * exact(s.score))) as s2,
    cast(false as boolean) as is_public
from chosen as s
inner join alike as a on a.team = s.team and a.item = s.item and a.period_start = s.period_start
group by s.team, s.item, s.dimension, s.version, s.period_start
