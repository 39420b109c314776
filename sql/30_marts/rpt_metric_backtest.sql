-- grain: one row per series that was judged
-- key: series
-- feature: O10
-- reads: fct_metric_alert, fct_metric_backtest, dim_event, cat_setting, raw_run
-- edges: zero (a series without incidents or episodes has no count of them)
-- why: How often a metric warned of a known incident, how long before, and how often in vain. An
--   episode of alerts is a false alarm if none of its unit's incidents has it in its window. A
--   metric that raises many alerts hits by chance: hit rate and false alarms belong together.
-- columns:
--   series varchar: metric or dimension of the catalogue
--   incidents bigint: incidents that it could have warned of
--   hits bigint: of these, with an alert in the window
--   early bigint: of these, before the period of the incident
--   hit_rate double: hits / incidents, 0 to 1; null without incidents
--   hit_low double: lower end of its 95 % Wilson interval
--   hit_high double: upper end of its 95 % Wilson interval
--   median_lead double: median of the lead of the hits [periods]; null without any
--   judged_periods bigint: periods of all units in which it could have raised an alert
--   episodes bigint: episodes of alerts
--   false_alarms bigint: of these, in no incident's window
--   false_alarm_share double: false_alarms / episodes, 0 to 1; null without any
--   false_alarm_low double: lower end of its 95 % Wilson interval
--   false_alarm_high double: upper end of its 95 % Wilson interval
with alerts as (
    select unit, series, period_start, is_episode_start
    from fct_metric_alert
),
tests as (
    select series, lead_periods, is_hit, is_early
    from fct_metric_backtest
),
incidents as (
    select unit, period_start
    from dim_event
    where kind = 'incident'
),
settings as (
    select warning, late
    from cat_setting
),
run as (
    select grain
    from raw_run
),
episodes as ( -- settings and run have one row each; several incidents may have the same episode in their windows
    select
        a.unit, a.series, a.period_start, coalesce(bool_or(
            periods_between(a.period_start, i.period_start, run.grain) <= s.warning
                and periods_between(a.period_start, i.period_start, run.grain) >= -s.late), false) as is_of_incident
    from alerts as a
    cross join settings as s
    cross join run
    left join incidents as i on i.unit = a.unit
    where a.is_episode_start
    group by a.unit, a.series, a.period_start
),
counted as (
    select series, count(*) as n_episodes, count(*) filter (where not is_of_incident) as n_false
    from episodes
    group by series
),
periods as (
    select series, count(*) as n_periods
    from alerts
    group by series
),
tested as (
    select series, count(*) as n_incidents, count(*) filter (where is_hit) as n_hits,
        count(*) filter (where is_early) as n_early
    from tests
    group by series
),
ranked as (
    select
        series, lead_periods,
            row_number() over (partition by series order by lead_periods asc nulls last) as lead_rank,
        count(*) over (partition by series) as n
    from tests
    where is_hit
),
medians as ( -- the middle one, or the mean of the middle two
    select series, safe_div(sum(lead_periods), count(*)) as median_lead
    from ranked
    where 2 * lead_rank >= n and 2 * lead_rank <= n + 2
    group by series
)
select
    cast(p.series as varchar) as series,
    cast(coalesce(t.n_incidents, 0) as bigint) as incidents,
    cast(coalesce(t.n_hits, 0) as bigint) as hits,
    cast(coalesce(t.n_early, 0) as bigint) as early,
    safe_div(t.n_hits, t.n_incidents) as hit_rate,
    cast(wilson_low(t.n_hits, t.n_incidents) as double) as hit_low,
    cast(wilson_high(t.n_hits, t.n_incidents) as double) as hit_high,
    cast(m.median_lead as double) as median_lead,
    cast(p.n_periods as bigint) as judged_periods,
    cast(coalesce(c.n_episodes, 0) as bigint) as episodes,
    cast(coalesce(c.n_false, 0) as bigint) as false_alarms,
    safe_div(c.n_false, c.n_episodes) as false_alarm_share,
    cast(wilson_low(c.n_false, c.n_episodes) as double) as false_alarm_low,
    cast(wilson_high(c.n_false, c.n_episodes) as double) as false_alarm_high
from periods as p
left join tested as t on t.series = p.series
left join counted as c on c.series = p.series
left join medians as m on m.series = p.series
