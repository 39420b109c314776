-- grain: one row per team
-- key: team
-- reads: stg_teams, fct_customer_metric, fct_failure_demand, fct_repeat_contact, fct_condition,
--   fct_condition_measure
-- why: Every team that is listed or that has a published number on either side. A team that shows
--   up only in withheld cells is not named.
-- columns:
--   team varchar: id
--   name varchar: name shown, as last listed; the id where none is listed
--   parent varchar: team above it, as last listed
--   is_listed boolean: in the list of teams
--   has_inside boolean: has a released employee-side number
--   has_outside boolean: has a customer-side number
with listed as (
    select team, name, parent, valid_from
    from stg_teams
),
latest as (
    select
        team, name, parent,
        row_number() over (partition by team order by valid_from desc nulls last) as latest_rank
    from listed
),
seen as (
    select team, true as is_listed, false as has_inside, false as has_outside from listed
    union all
    select team, false, false, true from fct_customer_metric
    union all
    select team, false, false, true from fct_failure_demand
    union all
    select team, false, false, true from fct_repeat_contact
    union all
    select team, false, true, false from fct_condition
    union all
    select team, false, true, false from fct_condition_measure
),
teams as (
    select team, bool_or(is_listed) as is_listed, bool_or(has_inside) as has_inside, bool_or(has_outside) as has_outside
    from seen
    group by team
)
select
    cast(t.team as varchar) as team,
    cast(coalesce(l.name, t.team) as varchar) as name,
    cast(l.parent as varchar) as parent,
    cast(t.is_listed as boolean) as is_listed,
    cast(t.has_inside as boolean) as has_inside,
    cast(t.has_outside as boolean) as has_outside
from teams as t
left join latest as l on l.team = t.team and l.latest_rank = 1
