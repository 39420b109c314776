-- grain: one row per unit of the panel
-- key: unit
-- reads: fct_coverage
-- why: The report names units that are seen on one side only.
-- columns:
--   unit varchar: team, or unit of a measure
--   inside_cells bigint: employee-side cells of series that were asked for, facets left out
--   outside_cells bigint: customer-side cells of series that were asked for
select
    cast(unit as varchar) as unit,
    cast(inside_cells as bigint) as inside_cells,
    cast(outside_cells as bigint) as outside_cells
from fct_coverage
