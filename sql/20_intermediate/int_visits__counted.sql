-- grain: one row per team and period
-- key: team?, period_start
-- side: outside
-- reads: int_visits__linked
-- keep: table
-- by: period_start
-- why: What first-contact resolution and observed effort are counted from. A first contact is a
--   visit that is no return. It resolved the matter if its outcome says so, nobody came back within
--   the window and it was not opened again; that is known only once the window is closed and the
--   outcome was written down.
with visits as (
    select
        team, period_start, n_legs, effort, queue_effort, hold_effort, transfers_effort, return_effort, outcome,
            has_key,
        is_return, is_returned_to, is_censored, is_resolved, is_reopened
    from int_visits__linked
    where is_in_window
),
firsts as (
    select
        team, period_start, n_legs, effort, queue_effort, hold_effort, transfers_effort, return_effort, is_return,
            is_reopened,
        n_legs > 1 as is_transferred, not has_key as lacks_key, has_key and not is_return as is_first, is_censored,
        outcome is not null as has_outcome, is_resolved and not is_returned_to and not is_reopened as is_settled
    from visits
)
select
    cast(team as varchar) as team,
    cast(period_start as date) as period_start,
    cast(count(*) as bigint) as n_visits,
    cast(count(*) filter (where is_transferred) as bigint) as n_transferred,
    cast(count(*) filter (where is_return) as bigint) as n_returns,
    cast(count(*) filter (where is_reopened) as bigint) as n_reopened,
    cast(count(*) filter (where lacks_key) as bigint) as n_without_key,
    cast(count(*) filter (where is_first) as bigint) as n_first,
    cast(count(*) filter (where is_first and is_censored) as bigint) as n_censored,
    cast(count(*) filter (where is_first and not is_censored and not has_outcome) as bigint) as n_without_outcome,
    cast(count(*) filter (where is_first and not is_censored and has_outcome) as bigint) as n_closed,
    cast(count(*) filter (where is_first and not is_censored and has_outcome and is_settled) as bigint) as n_resolved,
    cast(count(effort) as bigint) as n_effort,
    exact(coalesce(sum(effort), 0)) as effort_s1,
    exact(coalesce(sum(exact(effort) * exact(effort)), 0)) as effort_s2,
    cast(count(queue_effort) as bigint) as n_queue,
    exact(coalesce(sum(queue_effort), 0)) as queue_s1,
    cast(count(hold_effort) as bigint) as n_hold,
    exact(coalesce(sum(hold_effort), 0)) as hold_s1,
    cast(count(transfers_effort) as bigint) as n_transfers,
    exact(coalesce(sum(transfers_effort), 0)) as transfers_s1,
    cast(count(return_effort) as bigint) as n_return,
    exact(coalesce(sum(return_effort), 0)) as return_s1
from firsts
group by team, period_start
