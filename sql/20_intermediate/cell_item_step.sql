-- grain: one row per team, period, item and step of its scale
-- key: team, period_start, series, step
-- side: inside
-- reads: int_answers__scored, int_dimensions__patterns, cat_step
-- why: How often each step was chosen. The respondents behind a row are all who answered the item,
--   whichever step they chose, so the steps of an item are released together or not at all. They
--   are published for the whole organisation only, and of the same people as the items.
with patterns as (
    select respondent, team, dimension, period_start
    from int_dimensions__patterns
    where is_common
),
scored as (
    select respondent, team, period_start, item, dimension, value
    from int_answers__scored
    where is_in_window and team is not null and dimension is not null
),
answers as ( -- at most one pattern each
    select s.respondent, s.team, s.period_start, s.item, s.value
    from scored as s
    inner join patterns as p
        on p.respondent = s.respondent and p.team = s.team and p.dimension = s.dimension
            and p.period_start = s.period_start
),
steps as (
    select item, step
    from cat_step
),
groups as (
    select team, period_start, item, count(distinct respondent) as n
    from answers
    group by team, period_start, item
),
chosen as ( -- a value between two steps counts for the nearer
    select team, period_start, item, cast(round(value) as integer) as step, count(*) as n_chosen
    from answers
    group by team, period_start, item, cast(round(value) as integer)
)
select
    cast(c.team as varchar) as team,
    cast(c.item as varchar) as series,
    cast(c.step as integer) as step,
    cast(c.period_start as date) as period_start,
    cast(g.n as bigint) as n,
    cast(c.n_chosen as bigint) as n_chosen,
    cast(false as boolean) as is_public
from chosen as c
inner join groups as g on g.team = c.team and g.period_start = c.period_start and g.item = c.item
inner join steps as s on s.item = c.item and s.step = c.step
