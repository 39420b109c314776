-- grain: one row per team, period, channel, reason and class of demand
-- key: team?, period_start, channel, reason, demand
-- side: outside
-- reads: int_contacts__attributed, cat_setting
-- keep: table
-- by: period_start
-- edges: zero (the divisor is an hour)
-- why: What each class of demand takes, in three accounts that do not add up: money of the
--   company, time of customers, time of employees. A contact without a cost of its own costs what
--   the catalogue says per contact, else per hour of handling, else nothing is known. A customer
--   waits and is served; hold lies within the handling unless the catalogue says otherwise. Money in
--   millionths of the currency, whole; counts say of how many contacts each is known.
with contacts as (
    select
        team, coalesce(channel, '(none)') as channel, coalesce(reason, '(none)') as reason, demand, period_start,
            handle_seconds,
        queue_seconds, hold_seconds, cost
    from int_contacts__attributed
    where is_in_window
),
settings as (
    select cost_per_contact, cost_per_employee_hour, handle_includes_hold
    from cat_setting
),
costed as ( -- settings has one row
    select
        c.team, c.channel, c.reason, c.demand, c.period_start, c.handle_seconds,
        coalesce(
            micro(c.cost), micro(s.cost_per_contact),
            micro(safe_div(c.handle_seconds * s.cost_per_employee_hour, 3600))) as cost,
        case when coalesce(c.queue_seconds, c.handle_seconds, c.hold_seconds) is not null then
            coalesce(c.queue_seconds, 0) + coalesce(c.handle_seconds, 0)
                + case when s.handle_includes_hold and c.handle_seconds is not null then 0
                    else coalesce(c.hold_seconds, 0) end
        end as customer_seconds
    from contacts as c
    cross join settings as s
)
select
    cast(team as varchar) as team,
    cast(channel as varchar) as channel,
    cast(reason as varchar) as reason,
    cast(demand as varchar) as demand,
    cast(period_start as date) as period_start,
    cast(count(*) as bigint) as n_contacts,
    cast(count(cost) as bigint) as n_costed,
    exact(coalesce(sum(cost), 0)) as cost,
    cast(count(customer_seconds) as bigint) as n_customer,
    exact(coalesce(sum(customer_seconds), 0)) as customer_seconds,
    cast(count(handle_seconds) as bigint) as n_employee,
    exact(coalesce(sum(handle_seconds), 0)) as employee_seconds
from costed
group by team, channel, reason, demand, period_start
