-- grain: one row per incident or action
-- key: event
-- feature: O10
-- reads: stg_events, raw_run
-- why: What happened and when, in the periods of the run. An event without a team concerns all of them.
-- columns:
--   event varchar: id
--   kind varchar: incident or action
--   unit varchar: team; (all) where the source names none
--   severity varchar: severity, as the source writes it
--   label varchar: what it was
--   began_on date: first civil day, business zone
--   ended_on date: last civil day; null while it lasts
--   period_start date: first civil date of the period in which it began
with events as (
    select event_id, kind, team, severity, label, occurred_at, ended_at
    from stg_events
),
run as (
    select grain, zone
    from raw_run
)
select -- run has one row
    cast(e.event_id as varchar) as event,
    cast(e.kind as varchar) as kind,
    cast(coalesce(e.team, '(all)') as varchar) as unit,
    cast(e.severity as varchar) as severity,
    cast(e.label as varchar) as label,
    local_day(e.occurred_at, run.zone) as began_on,
    local_day(e.ended_at, run.zone) as ended_on,
    period_of(e.occurred_at, run.grain, run.zone) as period_start
from events as e
cross join run
