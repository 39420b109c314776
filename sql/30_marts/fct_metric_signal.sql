-- grain: one row per unit, series and period with a value
-- key: unit, series, period_start
-- feature: O9
-- reads: fct_series
-- why: Routine from exceptional variation, point by point. Natural limits are the mean +- 2.66
--   times the mean moving range (XmR, Wheeler); moving ranges and runs stay within a stretch. Rules:
--   a point beyond the limits; 7 in a row on one side of the mean; 10 of 12 on one side; 3 of 4 on
--   one side and nearer to the limit than to the mean. A rule marks the point that completes it.
--   Sums are whole, so that a constant series has a moving range of exactly 0 and no point on any
--   side. The rate of change is z = (x_t - x_{t-1}) / sqrt(se_t^2 + se_{t-1}^2).
-- columns:
--   unit varchar: team, unit of a measure, or (all)
--   series varchar: metric or dimension of the catalogue
--   period_start date: first civil date of the period, business zone
--   value double: value in the unit of the series
--   change double: value minus that of the period before; null after a gap
--   change_z double: change in standard errors; null where these are not known or 0
--   moving_range double: size of the change
--   centre double: mean over all periods
--   lower_limit double: lower natural limit; null without two neighbours
--   upper_limit double: upper natural limit
--   is_beyond_limits boolean: outside the natural limits
--   is_seven_in_a_row boolean: completes 7 on one side
--   is_ten_of_twelve boolean: completes 10 of 12 on one side
--   is_three_of_four boolean: completes 3 of 4 on one side nearer to the limit
--   is_signal boolean: any of the four
--   is_flat boolean: the same value as in the period before
with cells as (
    select unit, series, period_start, value, se, stretch, wide(value) as x
    from fct_series
),
moved as (
    select
        unit, series, period_start, value, stretch, x, se,
        x - lag(x) over stretch_order as dx,
        lag(se) over stretch_order as previous_se
    from cells
    window stretch_order as (partition by unit, series, stretch order by period_start asc nulls last)
),
totals as (
    select unit, series, count(*) as n, sum(x) as sx, count(dx) as n_moved, sum(abs(dx)) as s_moved
    from moved
    group by unit, series
),
sided as ( -- side of the mean and nearness to the limit, between whole numbers: 1.33 * mean range is half the way
    select
        m.unit, m.series, m.period_start, m.value, m.stretch, m.dx,
        safe_div(m.dx, 1000000000) as change,
        safe_div(safe_div(m.dx, 1000000000), sqrt(m.se * m.se + m.previous_se * m.previous_se)) as change_z,
        safe_div(safe_div(t.sx, t.n), 1000000000) as centre,
        2.66 * safe_div(safe_div(t.s_moved, t.n_moved), 1000000000) as width,
        case when m.x * t.n > t.sx then 1 when m.x * t.n < t.sx then -1 else 0 end as side,
        case when t.n_moved > 0 and 100 * t.n_moved * abs(m.x * t.n - t.sx) > 133 * t.s_moved * t.n then 1
        else 0 end as is_near,
        case when t.n_moved > 0 and 100 * t.n_moved * abs(m.x * t.n - t.sx) > 266 * t.s_moved * t.n then 1
        else 0 end as is_beyond
    from moved as m
    inner join totals as t on t.unit = m.unit and t.series = m.series
),
ruled as (
    select
        unit, series, period_start, value, dx, change, change_z, centre, width, is_beyond,
        count(*) over last_seven as n_seven, sum(side) over last_seven as side_seven,
        count(*) over last_twelve as n_twelve,
        sum(case when side > 0 then 1 else 0 end) over last_twelve as above_twelve,
        sum(case when side < 0 then 1 else 0 end) over last_twelve as below_twelve,
        count(*) over last_four as n_four,
        sum(case when side > 0 then is_near else 0 end) over last_four as above_four,
        sum(case when side < 0 then is_near else 0 end) over last_four as below_four
    from sided
    window
        last_seven as (
            partition by unit, series, stretch order by period_start asc nulls last rows between 6 preceding
                and current row),
        last_twelve as (
            partition by unit, series, stretch order by period_start asc nulls last rows between 11 preceding
                and current row),
        last_four as (
            partition by unit, series, stretch order by period_start asc nulls last rows between 3 preceding
                and current row)
),
final as (
    select
        unit, series, period_start, value, dx, change, change_z, centre, width, is_beyond = 1 as is_beyond_limits,
        n_seven = 7 and abs(side_seven) = 7 as is_seven_in_a_row,
        n_twelve = 12 and greatest(above_twelve, below_twelve) >= 10 as is_ten_of_twelve,
        n_four = 4 and greatest(above_four, below_four) >= 3 as is_three_of_four
    from ruled
)
select
    cast(unit as varchar) as unit,
    cast(series as varchar) as series,
    cast(period_start as date) as period_start,
    cast(value as double) as value,
    cast(change as double) as change,
    cast(change_z as double) as change_z,
    cast(abs(change) as double) as moving_range,
    cast(centre as double) as centre,
    cast(centre - width as double) as lower_limit,
    cast(centre + width as double) as upper_limit,
    cast(is_beyond_limits as boolean) as is_beyond_limits,
    cast(is_seven_in_a_row as boolean) as is_seven_in_a_row,
    cast(is_ten_of_twelve as boolean) as is_ten_of_twelve,
    cast(is_three_of_four as boolean) as is_three_of_four,
    cast(is_beyond_limits or is_seven_in_a_row or is_ten_of_twelve or is_three_of_four as boolean) as is_signal,
    cast(coalesce(dx = 0, false) as boolean) as is_flat
from final
