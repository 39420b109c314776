-- grain: one row per stretch of days in which a person belongs to one team
-- key: person, valid_from
-- side: shared
-- reads: stg_roster
-- keep: table
-- why: Memberships that overlap would count an answer twice. Here a later membership ends the earlier one, so that a join by
--   person and day finds at most one team; assert_one_team_per_person_day names the overlaps. Days are half-open: valid_to is the
--   first day that does not belong. The relation says only which team somebody was in: it is what customer-side rows may ask
--   when they name an agent and no team.
with memberships as (
    select person, team, valid_from, coalesce(valid_to, date '9999-12-31') as valid_to
    from stg_roster
),
cut as (
    select
        person, team, valid_from,
        least(valid_to, coalesce(
            lead(valid_from) over (partition by person order by valid_from asc nulls last, team asc nulls last),
            valid_to)) as valid_to
    from memberships
)
select
    cast(person as varchar) as person,
    cast(team as varchar) as team,
    cast(valid_from as date) as valid_from,
    cast(valid_to as date) as valid_to
from cut
where valid_from < valid_to
