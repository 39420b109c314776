-- grain: one row per chain: visits on one matter that followed each other within the window
-- key: chain_id
-- side: outside
-- reads: int_visits__linked
-- keep: table
-- by: matter
-- why: A problem that keeps being patched shows as a chain. It counts for team, reason and period
--   of its first visit; a chain whose last visit still has an open window may go on.
with visits as (
    select
        visit_id, chain_id, matter, team, channel, reason, demand, started_on, period_start, n_legs, is_return,
            is_censored, is_in_window, has_key
    from int_visits__linked
    where has_key
),
firsts as (
    select chain_id, matter, team, channel, reason, demand, started_on, period_start, is_in_window
    from visits
    where visit_id = chain_id
),
sums as (
    select
        chain_id, count(*) as n_visits, sum(n_legs) as n_contacts, max(started_on) as last_on,
            bool_or(is_censored) as is_open,
        count(distinct channel) as n_channels, count(*) filter (where demand = 'failure') as n_failure
    from visits
    group by chain_id
)
select
    cast(f.chain_id as varchar) as chain_id,
    cast(f.matter as varchar) as matter,
    cast(f.team as varchar) as team,
    cast(f.channel as varchar) as channel,
    cast(f.reason as varchar) as reason,
    cast(f.demand as varchar) as demand,
    cast(f.period_start as date) as period_start,
    cast(s.n_visits as bigint) as n_visits,
    cast(s.n_contacts as bigint) as n_contacts,
    cast(s.n_failure as bigint) as n_failure,
    cast(s.n_channels as bigint) as n_channels,
    cast(days_between(f.started_on, s.last_on) as bigint) as days,
    cast(s.is_open as boolean) as is_open
from firsts as f
inner join sums as s on s.chain_id = f.chain_id
where f.is_in_window
