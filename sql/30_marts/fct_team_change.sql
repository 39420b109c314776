-- grain: one row per team that ended in another one, or in several
-- key: team
-- reads: stg_teams, int_teams__followed
-- feature: N11
-- why: Teams are renamed, merged and split. Whose history goes on under which name must be seen
--   beside every series that crosses the day.
-- columns:
--   team varchar: id of the team that ended
--   change varchar: renamed, merged (another team has the same successor), split (several
--     successors) or circular (its successors lead in a circle, so they are not followed)
--   successors varchar: as listed, parted by ;
--   counts_for varchar: team under which its rows count
--   ended_on date: day after its last one, if listed
with teams as (
    select
        team, successors, valid_to,
        row_number() over (partition by team order by valid_from desc nulls last) as latest_rank
    from stg_teams
),
followed as (
    select team, became
    from int_teams__followed
),
ended as (
    select team, successors, valid_to, count(*) over (partition by successors) as n_same
    from teams
    where latest_rank = 1 and successors <> '' and successors <> team
)
select
    cast(e.team as varchar) as team,
    cast(case
        when e.successors like '%;%' then 'split'
        when f.became is null then 'circular'
        when e.n_same > 1 then 'merged'
        else 'renamed'
    end as varchar) as change,
    cast(e.successors as varchar) as successors,
    cast(coalesce(f.became, e.team) as varchar) as counts_for,
    cast(e.valid_to as date) as ended_on
from ended as e
left join followed as f on f.team = e.team
