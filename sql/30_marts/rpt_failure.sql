-- grain: one row per reason, and one without a reason for all contacts together
-- key: reason?
-- feature: O2
-- reads: int_contacts__counted
-- why: Where failure demand comes from, contacts without a team included. Empty if there are no
--   contacts.
-- columns:
--   reason varchar: reason path; (none) where the source gave none; null for all together
--   contacts bigint: contacts that began in the window
--   failure bigint: classified as failure demand
--   value bigint: classified as value demand
--   misrouted bigint: meant for somebody else
--   unknown bigint: not classified
--   rate double: failure / (failure + value), 0 to 1; null without either
--   low double: lower end of its 95 % Wilson interval
--   high double: upper end of its 95 % Wilson interval
with counts as (
    select reason, n_contacts, n_failure, n_value, n_misrouted, n_unknown
    from int_contacts__counted
),
spread as (
    select reason, n_contacts, n_failure, n_value, n_misrouted, n_unknown from counts
    union all
    select null, n_contacts, n_failure, n_value, n_misrouted, n_unknown from counts
),
sums as (
    select
        reason, sum(n_contacts) as n_contacts, sum(n_failure) as n_failure, sum(n_value) as n_value,
        sum(n_misrouted) as n_misrouted, sum(n_unknown) as n_unknown
    from spread
    group by reason
)
select
    cast(reason as varchar) as reason,
    cast(n_contacts as bigint) as contacts,
    cast(n_failure as bigint) as failure,
    cast(n_value as bigint) as value,
    cast(n_misrouted as bigint) as misrouted,
    cast(n_unknown as bigint) as unknown,
    safe_div(n_failure, n_failure + n_value) as rate,
    cast(wilson_low(n_failure, n_failure + n_value) as double) as low,
    cast(wilson_high(n_failure, n_failure + n_value) as double) as high
from sums
