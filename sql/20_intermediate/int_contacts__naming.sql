-- grain: one row per contact that names the one before it
-- key: naming_id
-- side: outside
-- reads: int_contacts__attributed
-- keep: table
-- by: naming_id = contact_id
-- why: Sources that know which contact another follows say so at the later one.
select
    cast(contact_id as varchar) as naming_id,
    cast(previous_contact_id as varchar) as contact_id,
    cast(started_at as timestamp) as started_at,
    cast(started_on as date) as started_on
from int_contacts__attributed
where not is_after_window and previous_contact_id is not null
