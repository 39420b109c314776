-- grain: one row per incident and series of its unit
-- key: event, series
-- feature: O10
-- reads: dim_event, fct_metric_alert, cat_setting, raw_run
-- why: Did the metric move before a known incident, and how long before? The window of an incident
--   begins warning periods before the one in which it began and ends late periods after it. The lead
--   is that of the first alert in the window; a series that had no baseline in it is not judged.
-- columns:
--   event varchar: id of the incident
--   series varchar: metric or dimension of the catalogue
--   unit varchar: team, or (all)
--   severity varchar: severity, as the source writes it
--   period_start date: first civil date of the period in which it began
--   judged_periods bigint: periods of the window in which the series could have raised an alert
--   alerts bigint: of these, with an alert
--   first_alert_start date: first civil date of the first of them; null without any
--   lead_periods bigint: periods from there to the incident, negative where the alert came later; null without any
--   is_hit boolean: there was an alert
--   is_early boolean: there was one before the period of the incident
with incidents as (
    select event, unit, severity, period_start
    from dim_event
    where kind = 'incident'
),
alerts as (
    select unit, series, period_start, is_alert
    from fct_metric_alert
),
settings as (
    select warning, late
    from cat_setting
),
run as (
    select grain
    from raw_run
),
placed as ( -- settings and run have one row each
    select
        i.event, i.unit, i.severity, i.period_start, a.series, a.period_start as alert_start, a.is_alert,
        periods_between(a.period_start, i.period_start, run.grain) as lead_periods, s.warning, s.late
    from incidents as i
    inner join alerts as a on a.unit = i.unit
    cross join settings as s
    cross join run
),
final as (
    select
        event, series, unit, severity, period_start, count(*) as n, count(*) filter (where is_alert) as n_alerts,
        min(alert_start) filter (where is_alert) as first_alert_start,
        max(lead_periods) filter (where is_alert) as lead_periods
    from placed
    where lead_periods <= warning and lead_periods >= -late
    group by event, series, unit, severity, period_start
)
select
    cast(event as varchar) as event,
    cast(series as varchar) as series,
    cast(unit as varchar) as unit,
    cast(severity as varchar) as severity,
    cast(period_start as date) as period_start,
    cast(n as bigint) as judged_periods,
    cast(n_alerts as bigint) as alerts,
    cast(first_alert_start as date) as first_alert_start,
    cast(lead_periods as bigint) as lead_periods,
    cast(n_alerts > 0 as boolean) as is_hit,
    cast(coalesce(lead_periods > 0, false) as boolean) as is_early
from final
