-- grain: one row per team and period
-- key: team?, period_start
-- side: outside
-- reads: int_contacts__repeated
-- keep: table
-- by: period_start
-- why: What the share of repeat contacts is counted from. A contact that was followed already
--   counts only once its window is closed, or a period would look worst just before its data end. One
--   that was passed on has no window: the leg that it went to has.
with contacts as (
    select team, period_start, has_key, is_forwarded, is_repeat, is_followed, is_censored
    from int_contacts__repeated
    where is_in_window
)
select
    cast(team as varchar) as team,
    cast(period_start as date) as period_start,
    cast(count(*) as bigint) as n_contacts,
    cast(count(*) filter (where not has_key) as bigint) as n_without_key,
    cast(count(*) filter (where is_repeat) as bigint) as n_repeats,
    cast(count(*) filter (where has_key and not is_forwarded and not is_censored) as bigint) as n_closed,
    cast(count(*) filter (where is_followed and not is_censored) as bigint) as n_followed,
    cast(count(*) filter (where is_censored and not is_forwarded) as bigint) as n_censored,
    cast(count(*) filter (where is_forwarded) as bigint) as n_forwarded
from contacts
group by team, period_start
