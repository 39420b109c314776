-- grain: one row per team, period and channel
-- key: team, period_start, channel
-- feature: O2
-- reads: int_demand__costed
-- by: period_start
-- why: Failure demand by channel; fct_failure_demand has it by reason. The rate is failure /
--   (failure + value); misrouted and unclassified contacts are counted beside it and never as value.
-- columns:
--   team varchar: team that took the contacts
--   channel varchar: channel; (none) where the source gave none
--   period_start date: first civil date of the period, business zone
--   contacts bigint: contacts that began in the period
--   failure bigint: classified as failure demand
--   value bigint: classified as value demand
--   misrouted bigint: meant for somebody else
--   unknown bigint: not classified
--   rate double: failure / (failure + value), 0 to 1; null without either
--   low double: lower end of its 95 % Wilson interval
--   high double: upper end of its 95 % Wilson interval
--   unknown_share double: not classified, as a share of contacts, 0 to 1
with counts as (
    select
        team, channel, period_start, sum(n_contacts) as n_contacts,
        coalesce(sum(n_contacts) filter (where demand = 'failure'), 0) as n_failure,
        coalesce(sum(n_contacts) filter (where demand = 'value'), 0) as n_value,
        coalesce(sum(n_contacts) filter (where demand = 'misrouted'), 0) as n_misrouted,
        coalesce(sum(n_contacts) filter (where demand = 'unknown'), 0) as n_unknown
    from int_demand__costed
    where team is not null
    group by team, channel, period_start
)
select
    cast(team as varchar) as team,
    cast(channel as varchar) as channel,
    cast(period_start as date) as period_start,
    cast(n_contacts as bigint) as contacts,
    cast(n_failure as bigint) as failure,
    cast(n_value as bigint) as value,
    cast(n_misrouted as bigint) as misrouted,
    cast(n_unknown as bigint) as unknown,
    safe_div(n_failure, n_failure + n_value) as rate,
    cast(wilson_low(n_failure, n_failure + n_value) as double) as low,
    cast(wilson_high(n_failure, n_failure + n_value) as double) as high,
    safe_div(n_unknown, n_contacts) as unknown_share
from counts
