-- grain: one row per team with contacts that were closed before they were opened
-- key: team?
-- reads: int_contacts__attributed
-- why: The clocks of two systems differ, or a case was entered after the work was done. Such
--   contacts are kept and count; times computed from them would be negative.
-- severity: warn
-- fix: Ask the owner of the source which clock is right; correct it there, not here.
-- columns:
--   team varchar: team; null where none is known
--   n bigint: contacts
select
    cast(team as varchar) as team,
    cast(count(*) as bigint) as n
from int_contacts__attributed
where is_closed_before_opened and is_in_window
group by team
