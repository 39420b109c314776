-- grain: one row per period in which contacts began
-- key: period_start
-- side: outside
-- reads: int_contacts__days, raw_run
-- keep: table
-- by: period_start from all
-- why: From which day on the windows of a period's contacts are open. What comes after the end of the
--   data is not known: a window of repeat_days civil days that reaches beyond the last day seen may
--   still see a repeat. The last day seen in full is the one before the last start of a contact, or
--   before to_on where the data reach it; closings do not count, they go on long after an export of
--   openings has ended (nor do contacts that are known by their closing alone, unless no contact
--   says when it began). The day is kept within its period, the first day after it where no window
--   is open, so that the past does not change with every day of data.
with days as (
    select period_start, started_on, is_without_start
    from int_contacts__days
),
run as (
    select grain, to_on, repeat_days
    from raw_run
),
seen as ( -- one row
    select coalesce(max(started_on) filter (where not is_without_start), max(started_on)) as last_on
    from days
),
ends as ( -- run and seen have one row each
    select
        run.grain, run.repeat_days,
        case when run.to_on <= add_days(seen.last_on, 1) then run.to_on else seen.last_on end as seen_to_on
    from seen
    cross join run
),
periods as (
    select distinct period_start
    from days
)
select -- ends has one row
    cast(p.period_start as date) as period_start,
    cast(greatest(p.period_start, least(next_period(p.period_start, e.grain), add_days(e.seen_to_on, -e.repeat_days)))
        as date) as open_from
from periods as p
cross join ends as e
