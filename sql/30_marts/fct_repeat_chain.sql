-- grain: one row per team, period and reason
-- key: team, period_start, reason
-- feature: O3
-- reads: int_chains__measured
-- by: period_start
-- why: Matters that come back: chains of visits that followed each other within the window, by
--   where and when they began. Legs of one visit do not make a chain.
-- columns:
--   team varchar: team that took the last leg of the first visit
--   reason varchar: reason path of the first visit; (none) where the source gave none
--   period_start date: first civil date of the period in which the chain began, business zone
--   chains bigint: chains, those of a single visit included
--   open bigint: of these, with a window that reaches beyond the data: they may go on
--   repeated bigint: chains of two visits or more
--   patched bigint: chains of three visits or more
--   visits bigint: visits in all of them
--   contacts bigint: contacts in all of them, legs included
--   longest bigint: visits of the longest
--   mean_visits double: visits / chains
--   repeated_share double: repeated / chains, 0 to 1
--   repeated_low double: lower end of its 95 % Wilson interval
--   repeated_high double: upper end of its 95 % Wilson interval
--   mean_days double: mean civil days from the first to the last visit of the repeated ones; null without any
--   switched bigint: repeated chains that went over more than one channel
with counts as (
    select
        team, coalesce(reason, '(none)') as reason, period_start, count(*) as n_chains,
            count(*) filter (where is_open) as n_open,
        count(*) filter (where n_visits > 1) as n_repeated, count(*) filter (where n_visits > 2) as n_patched,
        sum(n_visits) as n_visits, sum(n_contacts) as n_contacts, max(n_visits) as longest,
        sum(days) filter (where n_visits > 1) as days, count(*) filter (where n_channels > 1) as n_switched
    from int_chains__measured
    where team is not null
    group by team, coalesce(reason, '(none)'), period_start
)
select
    cast(team as varchar) as team,
    cast(reason as varchar) as reason,
    cast(period_start as date) as period_start,
    cast(n_chains as bigint) as chains,
    cast(n_open as bigint) as open,
    cast(n_repeated as bigint) as repeated,
    cast(n_patched as bigint) as patched,
    cast(n_visits as bigint) as visits,
    cast(n_contacts as bigint) as contacts,
    cast(longest as bigint) as longest,
    safe_div(n_visits, n_chains) as mean_visits,
    safe_div(n_repeated, n_chains) as repeated_share,
    cast(wilson_low(n_repeated, n_chains) as double) as repeated_low,
    cast(wilson_high(n_repeated, n_chains) as double) as repeated_high,
    safe_div(days, n_repeated) as mean_days,
    cast(n_switched as bigint) as switched
from counts
