-- grain: one row per team, period and reason
-- key: team?, period_start, reason
-- side: outside
-- reads: int_contacts__attributed
-- keep: table
-- by: period_start
-- why: What failure demand is counted from. Misrouted and unclassified contacts are counted apart,
--   never as value.
with contacts as (
    select team, period_start, coalesce(reason, '(none)') as reason, demand
    from int_contacts__attributed
    where is_in_window
)
select
    cast(team as varchar) as team,
    cast(period_start as date) as period_start,
    cast(reason as varchar) as reason,
    cast(count(*) as bigint) as n_contacts,
    cast(count(*) filter (where demand = 'failure') as bigint) as n_failure,
    cast(count(*) filter (where demand = 'value') as bigint) as n_value,
    cast(count(*) filter (where demand = 'misrouted') as bigint) as n_misrouted,
    cast(count(*) filter (where demand = 'unknown') as bigint) as n_unknown
from contacts
group by team, period_start, reason
