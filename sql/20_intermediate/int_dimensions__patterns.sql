-- grain: one row per respondent, team, period and dimension of which any item is answered
-- key: respondent, team, period_start, dimension
-- side: inside
-- reads: int_items__respondents, int_dimensions__respondents
-- keep: table
-- edges: ties (items are distinct)
-- why: Who answered the items of a dimension as most of the team did. Items are told of these people
--   only (is_common): if everybody counted who answered an item, the sums of a dimension and of its
--   items would be those of different people, and taking one from the other would leave a few. How
--   many have the dimension and are not like most (n_odd) the release step must know: they are what
--   the dimension less its items leaves.
with items as (
    select respondent, team, item, dimension, period_start
    from int_items__respondents
),
dimensions as (
    select respondent, team, dimension, period_start
    from int_dimensions__respondents
),
numbered as (
    select item, dense_rank() over (partition by dimension order by item asc nulls last) as place
    from items
),
places as (
    select item, min(place) as place
    from numbered
    group by item
),
answered as ( -- one place each; at most one row of dimensions
    select
        i.respondent, i.team, i.dimension, i.period_start, sum(power(2, p.place)) as pattern,
        count(d.respondent) > 0 as has_dimension
    from items as i
    inner join places as p on p.item = i.item
    left join dimensions as d
        on d.respondent = i.respondent and d.team = i.team and d.dimension = i.dimension
            and d.period_start = i.period_start
    group by i.respondent, i.team, i.dimension, i.period_start
),
shared as (
    select team, dimension, period_start, pattern, count(*) as n
    from answered
    where has_dimension
    group by team, dimension, period_start, pattern
),
ranked as ( -- of two patterns as common as each other the longer list of items
    select
        team, dimension, period_start, pattern, n,
        row_number() over (
            partition by team, dimension, period_start
            order by n desc nulls last, pattern desc nulls last) as place
    from shared
),
common as (
    select team, dimension, period_start, pattern, n
    from ranked
    where place = 1
),
sizes as (
    select team, dimension, period_start, count(*) filter (where has_dimension) as n
    from answered
    group by team, dimension, period_start
)
select -- one row of sizes, at most one of common
    cast(a.respondent as varchar) as respondent,
    cast(a.team as varchar) as team,
    cast(a.dimension as varchar) as dimension,
    cast(a.period_start as date) as period_start,
    cast(coalesce(a.has_dimension and a.pattern = c.pattern, false) as boolean) as is_common,
    cast(s.n - coalesce(c.n, 0) as bigint) as n_odd
from answered as a
inner join sizes as s on s.team = a.team and s.dimension = a.dimension and s.period_start = a.period_start
left join common as c on c.team = a.team and c.dimension = a.dimension and c.period_start = a.period_start
