-- grain: one row per team, period and channel
-- key: team, period_start, channel
-- feature: O7
-- reads: int_outcomes__counted
-- by: period_start
-- why: Complaints and successes, counted from contacts. A complaint is known by tag or reason, a
--   success by outcome; the catalogue lists the codes. The customers' emotions are a metric of their
--   own (kind index, in fct_customer_metric).
-- columns:
--   team varchar: team that took the contacts
--   channel varchar: channel; (none) where the source gave none
--   period_start date: first civil date of the period, business zone
--   contacts bigint: contacts that began in the period
--   complaints bigint: of these, complaints
--   complaint_rate double: complaints / contacts, 0 to 1
--   complaint_low double: lower end of its 95 % Wilson interval
--   complaint_high double: upper end of its 95 % Wilson interval
--   with_outcome bigint: contacts whose outcome was written down
--   successes bigint: of these, with which the customer got what was asked for
--   success_rate double: successes / with_outcome, 0 to 1; null without any
--   success_low double: lower end of its 95 % Wilson interval
--   success_high double: upper end of its 95 % Wilson interval
with counts as (
    select team, channel, period_start, n_contacts, n_complaints, n_with_outcome, n_succeeded
    from int_outcomes__counted
    where team is not null
)
select
    cast(team as varchar) as team,
    cast(channel as varchar) as channel,
    cast(period_start as date) as period_start,
    cast(n_contacts as bigint) as contacts,
    cast(n_complaints as bigint) as complaints,
    safe_div(n_complaints, n_contacts) as complaint_rate,
    cast(wilson_low(n_complaints, n_contacts) as double) as complaint_low,
    cast(wilson_high(n_complaints, n_contacts) as double) as complaint_high,
    cast(n_with_outcome as bigint) as with_outcome,
    cast(n_succeeded as bigint) as successes,
    safe_div(n_succeeded, n_with_outcome) as success_rate,
    cast(wilson_low(n_succeeded, n_with_outcome) as double) as success_low,
    cast(wilson_high(n_succeeded, n_with_outcome) as double) as success_high
from counts
