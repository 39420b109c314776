-- grain: one row per unit that is seen on one side only, where both sides have data
-- key: unit
-- reads: fct_coverage
-- why: Units that do not join are left out of every link between the sides; often a code is written
--   in two ways.
-- severity: warn
-- fix: Compare the names of the units in both sources; map them to one spelling.
-- columns:
--   unit varchar: team, or unit of a measure
--   inside_cells bigint: employee-side cells
--   outside_cells bigint: customer-side cells
with units as (
    select unit, inside_cells, outside_cells
    from fct_coverage
),
sides as (
    select sum(inside_cells) as inside_cells, sum(outside_cells) as outside_cells
    from units
)
select -- sides has one row
    cast(u.unit as varchar) as unit,
    cast(u.inside_cells as bigint) as inside_cells,
    cast(u.outside_cells as bigint) as outside_cells
from units as u
cross join sides as s
where s.inside_cells > 0 and s.outside_cells > 0 and (u.inside_cells = 0 or u.outside_cells = 0)
