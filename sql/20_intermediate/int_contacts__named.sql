-- grain: one row per contact that is named and later contact that names it
-- key: contact_id, naming_id
-- side: outside
-- reads: int_contacts__attributed, int_contacts__naming
-- keep: table
-- by: contact_id
-- why: What is said of a contact by later ones, on the matter of the contact that is named.
with contacts as (
    select contact_id, matter, started_at
    from int_contacts__attributed
    where not is_after_window
),
naming as (
    select naming_id, contact_id, started_at, started_on
    from int_contacts__naming
)
select -- a contact names one
    cast(c.contact_id as varchar) as contact_id,
    cast(n.naming_id as varchar) as naming_id,
    cast(c.matter as varchar) as matter,
    cast(n.started_on as date) as naming_on
from contacts as c
inner join naming as n on n.contact_id = c.contact_id
where n.started_at >= c.started_at
