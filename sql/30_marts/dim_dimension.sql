-- grain: one row per dimension of the survey instrument
-- key: dimension
-- feature: E1, E3
-- reads: cat_dimension
-- why: What the employee-side scores stand for.
-- columns:
--   dimension varchar: id
--   version integer: version of the instrument
--   name varchar: name shown
--   about varchar: what it asks about
--   n_items bigint: items that add up to it
--   is_own boolean: of this project's making, not a published instrument's
select
    cast(dimension as varchar) as dimension,
    cast(version as integer) as version,
    cast(name as varchar) as name,
    cast(about as varchar) as about,
    cast(n_items as bigint) as n_items,
    cast(is_own as boolean) as is_own
from cat_dimension
