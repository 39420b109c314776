-- grain: one row per team, survey wave, metric and side of the wave
-- key: team, wave_start, metric, stretch
-- feature: L1, L2
-- reads: fct_condition, int_metrics__moments, cat_setting
-- edges: zero (a window without answers is none)
-- why: Most organisations ask their people a few times a year. With fewer than 26 waves no profile
--   of lags can be had; instead customer-side metrics are rolled up to the window after each wave,
--   and before it for the other direction. A wave is a period with a released condition of the team.
--   After runs from the wave's period on, before up to it; both are at most wave_days long, and
--   neither reaches over the neighbouring wave. Sums are added up and divided last.
-- columns:
--   team varchar: team
--   wave_start date: first civil date of the period of the wave
--   metric varchar: metric of the catalogue
--   version integer: revision of its definition
--   stretch varchar: after or before
--   value double: value over the window, metric's unit
--   n bigint: cases in the window
--   periods bigint: periods with cases
--   se double: standard error of value from its own cases; null for a mean of one
--   change double: value minus that of the same window of the wave before; null for the first
with waves as (
    select distinct team, period_start as wave_start
    from fct_condition
),
cells as (
    select team, metric, version, kind, period_start, n, s1, s2, divisor
    from int_metrics__moments
    where team is not null
),
settings as (
    select wave_days
    from cat_setting
),
counted as ( -- one row
    select count(distinct wave_start) as n_waves
    from waves
),
bounded as ( -- settings and counted have one row each
    select
        w.team, w.wave_start, s.wave_days,
        lag(w.wave_start) over (partition by w.team order by w.wave_start asc nulls last) as previous_start,
        lead(w.wave_start) over (partition by w.team order by w.wave_start asc nulls last) as next_start
    from waves as w
    cross join settings as s
    cross join counted as c
    where c.n_waves < 26
),
placed as (
    select
        b.team, b.wave_start, c.metric, c.version, c.kind, c.n, c.s1, c.s2, c.divisor,
        case when c.period_start >= b.wave_start then 'after' else 'before' end as side
    from bounded as b
    inner join cells as c on c.team = b.team
    where (c.period_start >= b.wave_start and c.period_start < add_days(b.wave_start, b.wave_days)
            and (b.next_start is null or c.period_start < b.next_start))
        or (c.period_start < b.wave_start and c.period_start >= add_days(b.wave_start, -b.wave_days)
            and (b.previous_start is null or c.period_start >= b.previous_start))
),
sums as (
    select
        team, wave_start, metric, version, kind, side, divisor, sum(n) as n, sum(s1) as s1, sum(s2) as s2,
            count(*) as periods
    from placed
    group by team, wave_start, metric, version, kind, side, divisor
),
final as (
    select
        team, wave_start, metric, version, side, n, periods, moment_value(n, s1, divisor) as value,
        moment_se(kind, n, s1, s2, divisor) as se
    from sums
)
select
    cast(team as varchar) as team,
    cast(wave_start as date) as wave_start,
    cast(metric as varchar) as metric,
    cast(version as integer) as version,
    cast(side as varchar) as stretch,
    cast(value as double) as value,
    cast(n as bigint) as n,
    cast(periods as bigint) as periods,
    cast(se as double) as se,
    value - lag(value) over (partition by team, metric, side order by wave_start asc nulls last) as change
from final
