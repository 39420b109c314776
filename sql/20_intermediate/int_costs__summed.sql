-- grain: one row per period and class of demand, teams together
-- key: demand, period_start
-- side: outside
-- reads: int_demand__costed
-- keep: table
-- by: period_start
-- why: Whoever asks for the whole window adds up these few rows.
select
    cast(demand as varchar) as demand,
    cast(period_start as date) as period_start,
    cast(sum(n_contacts) as bigint) as n_contacts,
    cast(sum(n_costed) as bigint) as n_costed,
    exact(sum(cost)) as cost,
    cast(sum(n_customer) as bigint) as n_customer,
    exact(sum(customer_seconds)) as customer_seconds,
    cast(sum(n_employee) as bigint) as n_employee,
    exact(sum(employee_seconds)) as employee_seconds
from int_demand__costed
group by demand, period_start
