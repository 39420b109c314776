-- grain: one row per dataset, way, team that the source names and team in which the roster has the
--   agent
-- key: dataset, way, named_team?, roster_team?
-- side: outside
-- reads: int_contacts__merged, stg_feedback, int_roster__spans, int_teams__followed, raw_run
-- keep: table
-- why: What is told by team rests on who handled what. Source and roster are held against each
--   other here, for every contact and answer of the window, whichever of them the configuration
--   lets count.
with contacts as (
    select agent, team, started_at
    from int_contacts__merged
),
feedback as (
    select agent, team, answered_at
    from stg_feedback
),
spans as (
    select person, team, valid_from, valid_to
    from int_roster__spans
),
run as (
    select zone, from_on, to_on
    from raw_run
),
followed as (
    select team, became
    from int_teams__followed
),
handled as ( -- run has one row
    select 'contacts' as dataset, c.agent, c.team, local_day(c.started_at, run.zone) as on_day, run.from_on, run.to_on
    from contacts as c
    cross join run
    union all
    select 'feedback', f.agent, f.team, local_day(f.answered_at, run.zone), run.from_on, run.to_on
    from feedback as f
    cross join run
),
placed as ( -- at most one span holds the day, and a team has at most one successor
    select
        h.dataset, h.agent, h.on_day, coalesce(n.became, h.team) as named_team,
        coalesce(t.became, s.team) as roster_team
    from handled as h
    left join spans as s on s.person = h.agent and h.on_day >= s.valid_from and h.on_day < s.valid_to
    left join followed as n on n.team = h.team
    left join followed as t on t.team = s.team
    where (h.from_on is null or h.on_day >= h.from_on) and (h.to_on is null or h.on_day < h.to_on)
),
judged as (
    select
        dataset, named_team, roster_team, on_day,
        case
            when named_team is null and agent is null then 'nothing'
            when named_team is null and roster_team is null then 'missed'
            when named_team is null then 'found'
            when agent is null then 'named'
            when roster_team is null then 'unconfirmed'
            when roster_team = named_team then 'agreed'
            else 'disagreed'
        end as way
    from placed
)
select
    cast(dataset as varchar) as dataset,
    cast(way as varchar) as way,
    cast(named_team as varchar) as named_team,
    cast(roster_team as varchar) as roster_team,
    cast(count(*) as bigint) as n,
    cast(min(on_day) as date) as first_on,
    cast(max(on_day) as date) as last_on
from judged
group by dataset, way, named_team, roster_team
