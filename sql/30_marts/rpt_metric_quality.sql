-- grain: one row per series
-- key: series
-- feature: O9
-- reads: fct_series, fct_metric_health
-- why: Is the metric worth having, over all its units? within_reliability is the share of the
--   movement of units over time, periods that are common to all taken out, that sampling does not
--   explain: 1 - mean(se^2) / (squares about unit and period means / (N - G - T + 1)). Below 0.3
--   nothing can be said about what goes with it in time. The double means are exact where every unit
--   has every period, and near otherwise. between_share is the part of the whole variance that lies
--   between the means of units: a metric may tell units apart and not move.
-- columns:
--   series varchar: metric or dimension of the catalogue
--   side varchar: inside or outside
--   units bigint: units with a value, (all) left out
--   cells bigint: values
--   periods bigint: periods with any
--   within_reliability double: 0 to 1; null where a standard error lacks or too few cells are there
--   signal_to_noise double: within_reliability / (1 - within_reliability); null where that is not finite
--   between_share double: variance of unit means, as a share of the whole, 0 to 1; null without variance
--   flat_units bigint: units whose series is a flatline
--   noisy_units bigint: units whose series moves no more than sampling does
--   signals bigint: periods of units that one of the rules marks
--   signal_share double: signals / cells, 0 to 1
with cells as (
    select unit, series, side, period_start, value, se
    from fct_series
    where unit <> '(all)'
),
health as (
    select series, is_flatline, is_noise, signals
    from fct_metric_health
    where unit <> '(all)'
),
units as (
    select unit, series, count(*) as n, safe_div(sum(wide(value)), count(*)) as mean
    from cells
    group by unit, series
),
periods as (
    select series, period_start, safe_div(sum(wide(value)), count(*)) as mean
    from cells
    group by series, period_start
),
whole as (
    select
        series, max(side) as side, count(*) as n, count(distinct unit) as n_units,
            count(distinct period_start) as n_periods,
        safe_div(sum(wide(value)), count(*)) as mean,
        case when count(*) = count(se) then
            safe_div(sum(se * se order by unit asc nulls last, period_start asc nulls last), count(*)) end as sampling
    from cells
    group by series
),
residuals as (
    select
        c.series,
        sum(power(safe_div(wide(c.value) - u.mean - p.mean + w.mean, 1000000000), 2)
            order by c.unit asc nulls last, c.period_start asc nulls last) as squares_within,
        sum(power(safe_div(wide(c.value) - w.mean, 1000000000), 2)
            order by c.unit asc nulls last, c.period_start asc nulls last) as squares_all,
        sum(power(safe_div(u.mean - w.mean, 1000000000), 2)
            order by c.unit asc nulls last, c.period_start asc nulls last) as squares_between
    from cells as c
    inner join units as u on u.unit = c.unit and u.series = c.series
    inner join periods as p on p.series = c.series and p.period_start = c.period_start
    inner join whole as w on w.series = c.series
    group by c.series
),
flags as (
    select
        series, count(*) filter (where is_flatline) as n_flat, count(*) filter (where is_noise) as n_noisy,
            sum(signals) as n_signals
    from health
    group by series
),
final as (
    select
        w.series, w.side, w.n, w.n_units, w.n_periods, f.n_flat, f.n_noisy, f.n_signals,
        case when w.n - w.n_units - w.n_periods + 1 > 0 and r.squares_within > 0 then
            greatest(0, 1 - safe_div(w.sampling * (w.n - w.n_units - w.n_periods + 1),
                r.squares_within)) end as reliability,
        safe_div(r.squares_between, r.squares_all) as between_share
    from whole as w
    inner join residuals as r on r.series = w.series
    inner join flags as f on f.series = w.series
)
select
    cast(series as varchar) as series,
    cast(side as varchar) as side,
    cast(n_units as bigint) as units,
    cast(n as bigint) as cells,
    cast(n_periods as bigint) as periods,
    cast(reliability as double) as within_reliability,
    safe_div(reliability, 1 - reliability) as signal_to_noise,
    cast(between_share as double) as between_share,
    cast(n_flat as bigint) as flat_units,
    cast(n_noisy as bigint) as noisy_units,
    cast(n_signals as bigint) as signals,
    safe_div(n_signals, n) as signal_share
from final
