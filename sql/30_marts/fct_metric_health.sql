-- grain: one row per unit and series
-- key: unit, series
-- feature: O8, O9
-- reads: fct_series, fct_metric_signal, cat_metric, cat_setting
-- edges: one (of one period no variance is taken)
-- why: Whether a metric moves at all, and by more than counting error. Sampling variance is the
--   mean of se^2 over the periods; what is left of the variance over periods is signal: reliability
--   = 1 - sampling / variance, signal to noise = reliability / (1 - reliability). A flatline is a
--   run of equal values that would come up less than once in a thousand if the cases were drawn anew
--   each period, or a variance below a quarter of the sampling variance, or a series of at least as
--   many periods as the baseline that never moves. The chance of two equal values in a row is that
--   of two draws from a lattice of step u / n, u the worth of one case: about u / (2 n sqrt(pi) se),
--   at most 1; it is known where n and se are, for numbers that are shares or NPS. Consistency is
--   the same spread read the other way: its own standard deviation over time, relative to the mean
--   where that has a zero, and the share of periods inside the natural limits.
-- columns:
--   unit varchar: team, unit of a measure, or (all)
--   series varchar: metric or dimension of the catalogue
--   side varchar: inside or outside
--   periods bigint: periods with a value
--   gaps bigint: places where at least one period lacks a value
--   mean double: mean over periods, unit of the series
--   sd double: standard deviation over periods; null for one
--   variation double: sd / mean; null where the mean is not above 0
--   lowest double: lowest value
--   highest double: highest value
--   sampling_sd double: root of the mean squared standard error; null unless every period has one
--   reliability double: share of the variance over periods beyond sampling, 0 to 1; null below three periods
--   signal_to_noise double: reliability / (1 - reliability); null where that is not finite
--   longest_flat bigint: periods of the longest run of equal values, 1 if none repeats
--   flat_probability double: chance of such a run; null where it is not known
--   signals bigint: periods that one of the rules of fct_metric_signal marks
--   inside_share double: share of periods inside the natural limits, 0 to 1; null below three neighbours
--   is_flatline boolean: of no use as it is
--   is_noise boolean: moves no more than sampling does: reliability below 0.3
with series as (
    select unit, series, side, period_start, value, n, se, stretch, wide(value) as x
    from fct_series
),
signals as (
    select unit, series, period_start, is_flat, is_beyond_limits, is_signal, lower_limit
    from fct_metric_signal
),
metrics as (
    select metric, kind
    from cat_metric
),
settings as (
    select baseline
    from cat_setting
),
runs as ( -- a run begins wherever the value is not that of the period before
    select
        unit, series, period_start,
        sum(case when is_flat then 0 else 1 end) over (
            partition by unit, series
            order by period_start asc nulls last
            rows between unbounded preceding and current row) as run_no
    from signals
),
run_lengths as (
    select unit, series, run_no, count(*) as length
    from runs
    group by unit, series, run_no
),
longest as (
    select unit, series, max(length) as longest
    from run_lengths
    group by unit, series
),
marked as (
    select
        unit, series, count(*) filter (where is_signal) as n_signals,
            count(*) filter (where not is_beyond_limits) as n_inside,
        count(lower_limit) as n_limited
    from signals
    group by unit, series
),
sums as (
    select
        unit, series, max(side) as side, count(*) as periods, max(stretch) - 1 as gaps, sum(x) as s1, sum(x
            * x) as s2,
        min(value) as lowest, max(value) as highest,
        case when count(*) = count(se) then safe_div(sum(se * se order by period_start asc nulls last),
        count(*)) end as sampling,
        case when count(*) = count(n) then safe_div(sum(n), count(*)) end as mean_n
    from series
    group by unit, series
),
measured as (
    select
        s.unit, s.series, s.side, s.periods, s.gaps, s.lowest, s.highest, s.sampling, s.mean_n, l.longest,
            m.n_signals, m.n_inside,
        m.n_limited, k.kind, safe_div(safe_div(s.s1, s.periods), 1000000000) as mean,
        case when s.periods > 1 then
            safe_div(squares_about_mean(s.periods, s.s1, s.s2), s.periods - 1) * power(safe_div(1, 1000000000),
                2) end as variance,
        case k.kind when 'nps' then 100.0 when 'mean' then null when 'index' then null when 'composite' then null
            when 'effort' then null when 'custom' then null when 'measure_mean' then null when 'measure_ratio' then null
            when null then null
            else case when k.kind is not null then 1.0 end end as case_worth
    from sums as s
    inner join longest as l on l.unit = s.unit and l.series = s.series
    inner join marked as m on m.unit = s.unit and m.series = s.series
    left join metrics as k on k.metric = s.series
),
judged as (
    select
        unit, series, side, periods, gaps, mean, variance, lowest, highest, sampling, longest, n_signals, n_inside,
            n_limited,
        case when periods > 2 and variance > 0 and sampling is not null then greatest(0, 1 - safe_div(sampling,
            variance))
            when periods > 2 and variance = 0 then 0 end as reliability,
        case when longest = 1 then 1.0 when sampling > 0 and mean_n > 0 then
            power(least(1, safe_div(case_worth, 3.5449077018110318 * mean_n * sqrt(sampling))),
                longest - 1) end as flat_probability
    from measured
)
select -- settings has one row
    cast(j.unit as varchar) as unit,
    cast(j.series as varchar) as series,
    cast(j.side as varchar) as side,
    cast(j.periods as bigint) as periods,
    cast(j.gaps as bigint) as gaps,
    cast(j.mean as double) as mean,
    cast(sqrt(j.variance) as double) as sd,
    case when j.mean > 0 then safe_div(sqrt(j.variance), j.mean) end as variation,
    cast(j.lowest as double) as lowest,
    cast(j.highest as double) as highest,
    cast(sqrt(j.sampling) as double) as sampling_sd,
    cast(j.reliability as double) as reliability,
    safe_div(j.reliability, 1 - j.reliability) as signal_to_noise,
    cast(j.longest as bigint) as longest_flat,
    cast(j.flat_probability as double) as flat_probability,
    cast(j.n_signals as bigint) as signals,
    case when j.n_limited > 0 and j.periods > 3 then safe_div(j.n_inside, j.periods) end as inside_share,
    cast(coalesce(j.flat_probability < 0.001, false) or coalesce(j.periods > 2 and j.variance < 0.25 * j.sampling,
        false)
        or j.periods >= s.baseline and j.longest = j.periods as boolean) as is_flatline,
    cast(coalesce(j.reliability < 0.3, false) as boolean) as is_noise
from judged as j
cross join settings as s
