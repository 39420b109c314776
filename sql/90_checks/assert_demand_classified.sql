-- grain: one row if more than 20 % of the contacts of a classified source are not classified
-- key: none
-- reads: int_contacts__counted
-- why: Failure demand is a share of the contacts that were classified. If many were not, the share
--   speaks of a part that somebody chose.
-- severity: warn
-- fix: Classify more contacts, or extend the value map of demand in the mapping of the source.
-- columns:
--   n_unknown bigint: contacts not classified
--   share double: of all contacts, 0 to 1
with sums as (
    select sum(n_unknown) as n_unknown, sum(n_contacts) as n_contacts, sum(n_failure + n_value) as n_classified
    from int_contacts__counted
)
select
    cast(n_unknown as bigint) as n_unknown,
    safe_div(n_unknown, n_contacts) as share
from sums
where n_classified > 0 and n_unknown > 0.20 * n_contacts
