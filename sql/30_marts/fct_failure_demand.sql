-- grain: one row per team, period and reason
-- key: team, period_start, reason
-- feature: O2
-- reads: int_contacts__counted
-- by: period_start
-- why: Demand made because something was not done, or not done right, by reason. The rate is
--   failure / (failure + value); misrouted and unclassified contacts are counted beside it.
-- columns:
--   team varchar: team that took the contacts
--   reason varchar: reason path; (none) where the source gave none
--   period_start date: first civil date of the period, business zone
--   contacts bigint: contacts that began in the period
--   failure bigint: classified as failure demand
--   value bigint: classified as value demand
--   misrouted bigint: meant for somebody else
--   unknown bigint: not classified
--   rate double: failure / (failure + value), 0 to 1; null without either
--   low double: lower end of its 95 % Wilson interval
--   high double: upper end of its 95 % Wilson interval
with counts as (
    select team, reason, period_start, n_contacts, n_failure, n_value, n_misrouted, n_unknown
    from int_contacts__counted
    where team is not null
)
select
    cast(team as varchar) as team,
    cast(reason as varchar) as reason,
    cast(period_start as date) as period_start,
    cast(n_contacts as bigint) as contacts,
    cast(n_failure as bigint) as failure,
    cast(n_value as bigint) as value,
    cast(n_misrouted as bigint) as misrouted,
    cast(n_unknown as bigint) as unknown,
    safe_div(n_failure, n_failure + n_value) as rate,
    cast(wilson_low(n_failure, n_failure + n_value) as double) as low,
    cast(wilson_high(n_failure, n_failure + n_value) as double) as high
from counts
