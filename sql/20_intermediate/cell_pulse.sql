-- grain: one row per team, week and pulse item
-- key: team, period_start, series
-- side: inside
-- reads: int_answers__scored, cat_item
-- edges: zero (a mean over answers that are there)
-- why: A pulse is read by the ISO week, whatever the periods of the run. Somebody who answers twice
--   in a week counts once, with the mean of both.
with answers as (
    select respondent, team, item, cast(date_trunc('week', answered_on) as date) as week_start, score
    from int_answers__scored
    where is_in_window and team is not null
),
pulses as (
    select item, version
    from cat_item
    where dimension is null
),
people as (
    select
        a.respondent, a.team, a.item, p.version, a.week_start,
        cast(round(safe_div(sum(a.score), count(*))) as bigint) as score
    from answers as a
    inner join pulses as p on p.item = a.item
    group by a.respondent, a.team, a.item, p.version, a.week_start
),
values_chosen as (
    select team, item, week_start, score, count(*) as n
    from people
    group by team, item, week_start, score
),
alike as (
    select team, item, week_start, max(n) as n_alike
    from values_chosen
    group by team, item, week_start
)
select -- one row of alike each
    cast(p.team as varchar) as team,
    cast(p.item as varchar) as series,
    cast(p.version as integer) as version,
    cast(p.week_start as date) as period_start,
    cast(count(*) as bigint) as n,
    cast(max(a.n_alike) as bigint) as n_alike,
    exact(sum(p.score)) as s1,
    exact(sum(exact(p.score) * exact(p.score))) as s2,
    cast(false as boolean) as is_public
from people as p
inner join alike as a on a.team = p.team and a.item = p.item and a.week_start = p.week_start
group by p.team, p.item, p.version, p.week_start
