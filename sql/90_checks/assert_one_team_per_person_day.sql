-- grain: one row per pair of teams that share people on some day
-- key: team, other_team
-- reads: int_roster__merged
-- why: An answer counts for the team of its day. Somebody who is in two teams on one day would have
--   to be counted for one of them by guess.
-- severity: stop
-- fix: End the earlier membership in the roster (valid_to is the first day that does not belong),
--   or leave out the secondary one.
-- columns:
--   team varchar: team of the earlier membership
--   other_team varchar: team of the one that begins before it ends
--   n_overlaps bigint: pairs of overlapping memberships
with memberships as (
    select person, team, valid_from, valid_to
    from int_roster__merged
),
neighboured as (
    select
        team, valid_to,
        lead(team) over later as other_team,
        lead(valid_from) over later as other_from
    from memberships
    window later as (partition by person order by valid_from asc nulls last, team asc nulls last)
)
select
    cast(team as varchar) as team,
    cast(other_team as varchar) as other_team,
    cast(count(*) as bigint) as n_overlaps
from neighboured
where other_from < valid_to
group by team, other_team
