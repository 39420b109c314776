-- grain: one row per unbroken stretch of days of one person in one team
-- key: person, team, valid_from
-- side: inside
-- reads: stg_roster
-- why: Rosters cut a membership into rows (a new role, a new year) and repeat it. Rows of one team
--   that overlap or touch are one stretch. Days are half-open; an end that is not known is far
--   away.
with memberships as (
    select person, team, valid_from, coalesce(valid_to, date '9999-12-31') as valid_to
    from stg_roster
),
reached as (
    select
        person, team, valid_from, valid_to,
        max(valid_to) over (
            partition by person, team order by valid_from asc nulls last
            rows between unbounded preceding and 1 preceding) as reached_on
    from memberships
    where valid_from < valid_to
),
numbered as (
    select
        person, team, valid_from, valid_to,
        sum(case when reached_on >= valid_from then 0 else 1 end) over (
            partition by person, team order by valid_from asc nulls last
            rows between unbounded preceding and current row) as stretch
    from reached
)
select
    cast(person as varchar) as person,
    cast(team as varchar) as team,
    cast(min(valid_from) as date) as valid_from,
    cast(max(valid_to) as date) as valid_to
from numbered
group by person, team, stretch
