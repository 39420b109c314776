-- grain: one row per unit, series and period with a value and a baseline behind it
-- key: unit, series, period_start
-- feature: O10
-- reads: fct_series, cat_metric, cat_setting
-- edges: zero (a period is judged only beside neighbours)
-- why: What a metric would have said at the time: limits made of earlier periods only (mean +-
--   2.66 times the mean moving range of all periods before, once there are as many as the baseline
--   asks for), and an alert where the value lies beyond them on the side that is worse; on either
--   side where the catalogue knows no better side. Alerts in neighbouring periods are one episode.
-- columns:
--   unit varchar: team, unit of a measure, or (all)
--   series varchar: metric or dimension of the catalogue
--   period_start date: first civil date of the period, business zone
--   value double: value in the unit of the series
--   past_periods bigint: periods before, with a value
--   past_mean double: their mean
--   lower_limit double: lower natural limit by what was known
--   upper_limit double: upper natural limit by what was known
--   is_alert boolean: beyond the limit on the worse side
--   is_episode_start boolean: an alert that does not follow one in the period before
with cells as (
    select unit, series, side, period_start, value, stretch, periods_since_last, wide(value) as x
    from fct_series
),
metrics as (
    select metric, direction
    from cat_metric
),
settings as (
    select baseline
    from cat_setting
),
moved as (
    select
        unit, series, side, period_start, value, periods_since_last, x,
        abs(x - lag(x) over (partition by unit, series, stretch order by period_start asc nulls last)) as moving_range
    from cells
),
behind as (
    select
        unit, series, side, period_start, value, periods_since_last, x, count(*) over past as n,
            sum(x) over past as sx,
        count(moving_range) over past as n_moved, sum(moving_range) over past as s_moved
    from moved
    window past as (
        partition by unit, series order by period_start asc nulls last rows between unbounded preceding
            and 1 preceding)
),
judged as ( -- dimensions of the instrument are not in the list of metrics; more of them is better
    select
        b.unit, b.series, b.period_start, b.value, b.periods_since_last, b.n,
        safe_div(safe_div(b.sx, b.n), 1000000000) as past_mean,
        2.66 * safe_div(safe_div(b.s_moved, b.n_moved), 1000000000) as width,
        100 * b.n_moved * (b.sx - b.x * b.n) > 266 * b.s_moved * b.n as is_below,
        100 * b.n_moved * (b.x * b.n - b.sx) > 266 * b.s_moved * b.n as is_above,
        coalesce(m.direction, case when b.side = 'inside' then 'higher' else 'neither' end) as direction
    from behind as b
    cross join settings as s
    left join metrics as m on m.metric = b.series
    where b.n >= s.baseline and b.n_moved > 0
),
alerts as (
    select
        unit, series, period_start, value, periods_since_last, n, past_mean, width,
        is_below and direction <> 'lower' or is_above and direction <> 'higher' as is_alert
    from judged
),
final as (
    select
        unit, series, period_start, value, periods_since_last, n, past_mean, width, is_alert,
        lag(is_alert) over (partition by unit, series order by period_start asc nulls last) as was_alert
    from alerts
)
select
    cast(unit as varchar) as unit,
    cast(series as varchar) as series,
    cast(period_start as date) as period_start,
    cast(value as double) as value,
    cast(n as bigint) as past_periods,
    cast(past_mean as double) as past_mean,
    cast(past_mean - width as double) as lower_limit,
    cast(past_mean + width as double) as upper_limit,
    cast(is_alert as boolean) as is_alert,
    cast(is_alert and not (coalesce(was_alert, false) and periods_since_last = 1) as boolean) as is_episode_start
from final
