-- grain: one row per loyalty act
-- key: behaviour_id
-- side: outside
-- reads: stg_behaviours, int_teams__followed, raw_run
-- why: Acts in the periods of the business zone; money in millionths of the currency, whole.
with acts as (
    select behaviour_id, customer, kind, team, touchpoint, occurred_at, amount
    from stg_behaviours
),
run as (
    select grain, zone, from_on, to_on
    from raw_run
),
followed as (
    select team, became
    from int_teams__followed
),
placed as ( -- run has one row, and a team at most one successor
    select
        a.behaviour_id, a.customer, a.kind, coalesce(f.became, a.team) as team, a.touchpoint, a.amount,
        local_day(a.occurred_at, run.zone) as occurred_on,
        period_of(a.occurred_at, run.grain, run.zone) as period_start, run.from_on, run.to_on
    from acts as a
    cross join run
    left join followed as f on f.team = a.team
)
select
    cast(behaviour_id as varchar) as behaviour_id,
    cast(customer as varchar) as customer,
    cast(kind as varchar) as kind,
    cast(team as varchar) as team,
    cast(touchpoint as varchar) as touchpoint,
    cast(occurred_on as date) as occurred_on,
    cast(period_start as date) as period_start,
    micro(amount) as amount,
    cast((from_on is null or occurred_on >= from_on) and (to_on is null
        or occurred_on < to_on) as boolean) as is_in_window
from placed
