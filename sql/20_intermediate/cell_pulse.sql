-- grain: one row per team, week and pulse item
-- key: team, period_start, series
-- side: inside
-- reads: int_answers__scored, cat_item
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
)
select
    cast(team as varchar) as team,
    cast(item as varchar) as series,
    cast(version as integer) as version,
    cast(week_start as date) as period_start,
    cast(count(*) as bigint) as n,
    exact(sum(score)) as s1,
    exact(sum(exact(score) * exact(score))) as s2,
    cast(false as boolean) as is_public
from people
group by team, item, version, week_start
