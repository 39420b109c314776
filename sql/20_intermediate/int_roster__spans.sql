-- grain: one row per stretch of days in which a person belongs to one team
-- key: person, valid_from
-- side: shared
-- reads: int_roster__merged
-- keep: table
-- why: Memberships that overlap would count an answer twice. Here a membership ends where the next
--   one begins, so that a join by person and day finds at most one team;
--   assert_one_team_per_person_day names the overlaps and stops the run. The relation says only
--   which team somebody was in: it is what customer-side rows may ask when they name an agent and
--   no team.
with memberships as (
    select person, team, valid_from, valid_to
    from int_roster__merged
),
cut as (
    select
        person, team, valid_from,
        least(valid_to, coalesce(lead(valid_from) over later, valid_to)) as valid_to
    from memberships
    window later as (partition by person order by valid_from asc nulls last, team asc nulls last)
)
select
    cast(person as varchar) as person,
    cast(team as varchar) as team,
    cast(valid_from as date) as valid_from,
    cast(valid_to as date) as valid_to
from cut
where valid_from < valid_to
