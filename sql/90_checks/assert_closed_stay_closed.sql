-- grain: one row if any contact that was closed in some version is open
-- key: none
-- reads: raw_contacts, int_contacts__attributed
-- by: contact_id
-- why: Events of one contact arrive in any order; an opening that comes late must not undo a
--   closing.
-- severity: stop
-- fix: This is a fault of the program, not of the data. Do not publish.
-- columns:
--   n_closed bigint: contacts with a closing in any version
--   n_kept bigint: contacts that are closed
with closings as (
    select count(distinct contact_id) as n
    from raw_contacts
    where ended_at is not null
),
kept as (
    select count(*) as n
    from int_contacts__attributed
    where ended_at is not null
)
select -- both have one row
    cast(c.n as bigint) as n_closed,
    cast(k.n as bigint) as n_kept
from closings as c
cross join kept as k
where c.n <> k.n
