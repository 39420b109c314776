-- grain: one row per step at which contacts of the window were lost or doubled
-- key: step
-- reads: int_contacts__attributed, int_contacts__counted, int_repeats__counted
-- why: Failure demand, repeats and contacts must speak of the same contacts, and the classes of
--   demand must add up to them.
-- severity: stop
-- fix: This is a fault of the program, not of the data. Do not publish.
-- columns:
--   step varchar: count that differs
--   n bigint: what it gives
--   n_contacts bigint: contacts in the window
with contacts as (
    select count(*) filter (where is_in_window) as n
    from int_contacts__attributed
),
counted as (
    select
        coalesce(sum(n_contacts), 0) as n, coalesce(sum(n_failure + n_value + n_misrouted + n_unknown), 0) as n_classes
    from int_contacts__counted
),
repeats as (
    select
        coalesce(sum(n_contacts), 0) as n,
        coalesce(sum(n_without_key + n_forwarded + n_closed + n_censored), 0) as n_windows
    from int_repeats__counted
),
steps as (
    select 'failure demand' as step, n from counted
    union all
    select 'classes of demand', n_classes from counted
    union all
    select 'repeats', n from repeats
    union all
    select 'windows of repeats', n_windows from repeats
)
select -- contacts has one row
    cast(s.step as varchar) as step,
    cast(s.n as bigint) as n,
    cast(c.n as bigint) as n_contacts
from steps as s
cross join contacts as c
where s.n <> c.n
