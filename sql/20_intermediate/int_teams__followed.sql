-- grain: one row per team that goes on under another name
-- key: team
-- side: shared
-- reads: stg_teams
-- keep: table
-- why: A team that was renamed, or merged into another one, has one successor; what was counted for
--   it is told under the name that is left, so that its history is not cut. Successors are followed
--   up to eight times. A team that was split has several: nobody can say which of them an old row
--   belongs to, so it keeps its own history. Successors that lead in a circle are not followed.
with teams as (
    select team, successors, row_number() over (partition by team order by valid_from desc nulls last) as latest_rank
    from stg_teams
),
one as (
    select team, successors as became
    from teams
    where latest_rank = 1 and successors <> '' and successors not like '%;%' and successors <> team
),
two as ( -- a team has at most one successor
    select a.team, coalesce(b.became, a.became) as became
    from one as a
    left join one as b on b.team = a.became
),
four as (
    select a.team, coalesce(b.became, a.became) as became
    from two as a
    left join two as b on b.team = a.became
),
eight as (
    select a.team, coalesce(b.became, a.became) as became
    from four as a
    left join four as b on b.team = a.became
),
final as ( -- the end of a way has no successor
    select e.team, e.became
    from eight as e
    left join one as o on o.team = e.became
    where o.team is null
)
select
    cast(team as varchar) as team,
    cast(became as varchar) as became
from final
