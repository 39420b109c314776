-- grain: one row per team and period
-- key: team, period_start
-- feature: O5
-- reads: int_visits__counted
-- by: period_start
-- why: Effort as it can be seen and not asked: waiting, holding, being passed on, coming back.
--   Each part counts from 0 to 100 at the amount that the catalogue calls worst; the index is their
--   weighted mean, of the parts that are known of a visit.
-- columns:
--   team varchar: team that took the last leg
--   period_start date: first civil date of the period in which the visit began, business zone
--   n bigint: visits of which waiting, holding or transfers are known
--   effort double: mean index, 0 (none) to 100
--   se double: standard error of effort; null for one visit
--   low double: lower end of its 95 % interval (t)
--   high double: upper end of its 95 % interval (t)
--   queue_n bigint: visits with a known queue
--   queue_effort double: mean of that part, 0 to 100
--   hold_n bigint: visits with a known hold
--   hold_effort double: mean of that part, 0 to 100
--   transfers_n bigint: visits with known transfers
--   transfers_effort double: mean of that part, 0 to 100
--   return_n bigint: visits of which it is known whether they are a return
--   return_effort double: mean of that part, 0 to 100
with counts as (
    select
        team, period_start, n_effort, effort_s1, effort_s2, n_queue, queue_s1, n_hold, hold_s1, n_transfers,
            transfers_s1, n_return,
        return_s1
    from int_visits__counted
    where team is not null and n_effort > 0
)
select
    cast(team as varchar) as team,
    cast(period_start as date) as period_start,
    cast(n_effort as bigint) as n,
    moment_value(n_effort, effort_s1, 1000000000) as effort,
    cast(moment_se('effort', n_effort, effort_s1, effort_s2, 1000000000) as double) as se,
    cast(moment_bound(-1, 'effort', n_effort, effort_s1, effort_s2, 0, 0, 1000000000) as double) as low,
    cast(moment_bound(1, 'effort', n_effort, effort_s1, effort_s2, 0, 0, 1000000000) as double) as high,
    cast(n_queue as bigint) as queue_n,
    moment_value(n_queue, queue_s1, 1000000000) as queue_effort,
    cast(n_hold as bigint) as hold_n,
    moment_value(n_hold, hold_s1, 1000000000) as hold_effort,
    cast(n_transfers as bigint) as transfers_n,
    moment_value(n_transfers, transfers_s1, 1000000000) as transfers_effort,
    cast(n_return as bigint) as return_n,
    moment_value(n_return, return_s1, 1000000000) as return_effort
from counts
