-- grain: one row per unit of the panel
-- key: unit
-- feature: L1, L3
-- reads: fct_panel
-- why: Which units have both sides, and for how long: without both nothing can be linked. Codes
--   that do not join show here.
-- columns:
--   unit varchar: team, or unit of a measure
--   inside_cells bigint: employee-side cells of series that were asked for, facets left out
--   outside_cells bigint: customer-side cells of series that were asked for
--   inside_periods bigint: periods with any of the former
--   outside_periods bigint: periods with any of the latter
--   both_periods bigint: periods with both
--   first_period_start date: first civil date of the first period with a cell
--   last_period_start date: first civil date of the last period with a cell
with cells as (
    select unit, period_start, side
    from fct_panel
    where facet_of is null
),
periods as (
    select
        unit, period_start, count(*) filter (where side = 'inside') as n_inside,
        count(*) filter (where side = 'outside') as n_outside
    from cells
    group by unit, period_start
)
select
    cast(unit as varchar) as unit,
    cast(sum(n_inside) as bigint) as inside_cells,
    cast(sum(n_outside) as bigint) as outside_cells,
    cast(count(*) filter (where n_inside > 0) as bigint) as inside_periods,
    cast(count(*) filter (where n_outside > 0) as bigint) as outside_periods,
    cast(count(*) filter (where n_inside > 0 and n_outside > 0) as bigint) as both_periods,
    cast(min(period_start) as date) as first_period_start,
    cast(max(period_start) as date) as last_period_start
from periods
group by unit
