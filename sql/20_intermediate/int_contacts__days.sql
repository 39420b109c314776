-- grain: one row per civil day on which contacts began, and whether they say so themselves
-- key: started_on, is_without_start
-- side: outside
-- reads: int_contacts__attributed
-- keep: table
-- by: period_start
-- why: How far the data reach is read from the days, of which there are few.
select
    cast(period_start as date) as period_start,
    cast(started_on as date) as started_on,
    cast(is_without_start as boolean) as is_without_start,
    cast(count(*) as bigint) as n_contacts
from int_contacts__attributed
where not is_after_window
group by period_start, started_on, is_without_start
