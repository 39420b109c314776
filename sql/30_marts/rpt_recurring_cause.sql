-- grain: one row per reason
-- key: reason
-- feature: O3
-- reads: int_chains__measured
-- why: Which reasons keep coming back, over the whole window and all teams: the list to begin with
--   when looking for causes.
-- columns:
--   reason varchar: reason path of the first visit; (none) where the source gave none
--   chains bigint: chains of visits on one matter
--   repeated bigint: of these, of two visits or more
--   patched bigint: of these, of three visits or more
--   return_visits bigint: visits beyond the first of each chain
--   return_share double: share of all return visits, 0 to 1; null without any
--   repeated_share double: repeated / chains, 0 to 1
--   repeated_low double: lower end of its 95 % Wilson interval
--   repeated_high double: upper end of its 95 % Wilson interval
--   longest bigint: visits of the longest
--   failure_visits bigint: visits classified as failure demand
with counts as (
    select
        coalesce(reason, '(none)') as reason, count(*) as n_chains,
            count(*) filter (where n_visits > 1) as n_repeated,
        count(*) filter (where n_visits > 2) as n_patched, sum(n_visits - 1) as n_returns, max(n_visits) as longest,
        sum(n_failure) as n_failure
    from int_chains__measured
    group by coalesce(reason, '(none)')
),
final as (
    select
        reason, n_chains, n_repeated, n_patched, n_returns, longest, n_failure,
            sum(n_returns) over () as n_all_returns
    from counts
)
select
    cast(reason as varchar) as reason,
    cast(n_chains as bigint) as chains,
    cast(n_repeated as bigint) as repeated,
    cast(n_patched as bigint) as patched,
    cast(n_returns as bigint) as return_visits,
    safe_div(n_returns, n_all_returns) as return_share,
    safe_div(n_repeated, n_chains) as repeated_share,
    cast(wilson_low(n_repeated, n_chains) as double) as repeated_low,
    cast(wilson_high(n_repeated, n_chains) as double) as repeated_high,
    cast(longest as bigint) as longest,
    cast(n_failure as bigint) as failure_visits
from final
