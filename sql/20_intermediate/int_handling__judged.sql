-- grain: one row per dataset, way, team that the source names, team in which the roster has the
--   agent, and period
-- key: dataset, way, named_team?, roster_team?, period_start
-- side: outside
-- reads: int_contacts__attributed, int_feedback__attributed
-- keep: table
-- by: period_start
-- why: What is told by team rests on who handled what. Source and roster are held against each
--   other here, for every contact and answer of the window, whichever of them the configuration
--   lets count.
with contacts as (
    select way, named_team, roster_team, period_start, started_on
    from int_contacts__attributed
    where is_in_window
),
feedback as (
    select way, named_team, roster_team, period_start, answered_on
    from int_feedback__attributed
    where is_in_window
),
judged as (
    select 'contacts' as dataset, way, named_team, roster_team, period_start, started_on as on_day
    from contacts
    union all
    select 'feedback', way, named_team, roster_team, period_start, answered_on
    from feedback
)
select
    cast(dataset as varchar) as dataset,
    cast(way as varchar) as way,
    cast(named_team as varchar) as named_team,
    cast(roster_team as varchar) as roster_team,
    cast(period_start as date) as period_start,
    cast(count(*) as bigint) as n,
    cast(min(on_day) as date) as first_on,
    cast(max(on_day) as date) as last_on
from judged
group by dataset, way, named_team, roster_team, period_start
