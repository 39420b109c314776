-- question: Which reasons of failure demand cost most, and who pays: the company, the customer's time or the employee's?
select
    reason,
    sum(contacts) as contacts,
    sum(company_cost_estimate) as company_cost,
    sum(customer_hours_estimate) as customer_hours,
    sum(employee_hours_estimate) as employee_hours
from fct_demand_cost
where demand = 'failure'
group by reason
order by contacts desc, reason
limit 20
