-- grain: one row per class of demand
-- key: demand
-- feature: O4
-- reads: int_costs__summed, cat_setting
-- why: What each class of demand took over the whole window, contacts without a team included; as
--   fct_demand_cost.
-- columns:
--   demand varchar: failure, value, misrouted or unknown
--   contacts bigint: contacts that began in the window
--   share double: share of all contacts, 0 to 1
--   costed bigint: of these, with a cost of their own or by the catalogue
--   company_cost double: cost of these, the business's currency
--   company_cost_estimate double: the same, carried to all contacts of the class
--   with_customer_time bigint: contacts whose waiting or handling time is known
--   customer_hours double: hours that customers spent in these, waiting included
--   customer_hours_estimate double: the same, carried to all contacts of the class
--   customer_cost_estimate double: the same at the worth of an hour that the catalogue states; null if it states none
--   with_employee_time bigint: contacts whose handling time is known
--   employee_hours double: hours that employees spent in these
--   employee_hours_estimate double: the same, carried to all contacts of the class
with counts as (
    select
        demand, sum(n_contacts) as n_contacts, sum(n_costed) as n_costed, sum(cost) as cost,
            sum(n_customer) as n_customer,
        sum(customer_seconds) as customer_seconds, sum(n_employee) as n_employee,
            sum(employee_seconds) as employee_seconds
    from int_costs__summed
    group by demand
),
settings as (
    select cost_per_customer_hour
    from cat_setting
),
final as ( -- settings has one row
    select
        c.demand, c.n_contacts, sum(c.n_contacts) over () as n_all, c.n_costed, c.n_customer, c.n_employee,
        case when c.n_costed > 0 then safe_div(c.cost, 1000000) end as cost,
        case when c.n_customer > 0 then safe_div(c.customer_seconds, 3600) end as customer_hours,
        case when c.n_employee > 0 then safe_div(c.employee_seconds, 3600) end as employee_hours,
        s.cost_per_customer_hour
    from counts as c
    cross join settings as s
)
select
    cast(demand as varchar) as demand,
    cast(n_contacts as bigint) as contacts,
    safe_div(n_contacts, n_all) as share,
    cast(n_costed as bigint) as costed,
    cast(cost as double) as company_cost,
    safe_div(cost * n_contacts, n_costed) as company_cost_estimate,
    cast(n_customer as bigint) as with_customer_time,
    cast(customer_hours as double) as customer_hours,
    safe_div(customer_hours * n_contacts, n_customer) as customer_hours_estimate,
    safe_div(customer_hours * n_contacts, n_customer) * cost_per_customer_hour as customer_cost_estimate,
    cast(n_employee as bigint) as with_employee_time,
    cast(employee_hours as double) as employee_hours,
    safe_div(employee_hours * n_contacts, n_employee) as employee_hours_estimate
from final
