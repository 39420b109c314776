-- grain: one row per team, period, metric and stratum
-- key: team?, period_start, metric, stratum_by, stratum
-- side: outside
-- reads: int_feedback__stratified, int_contacts__attributed, cat_metric
-- keep: table
-- by: period_start
-- edges: zero (a scale has two ends)
-- why: int_metrics__moments once more, apart by customer segment, lifecycle stage, channel,
--   touchpoint, step of the journey and reason, one of them at a time. Answers know no reason,
--   contacts neither stage nor step. What the source did not say is (none). Composites, resolution,
--   repeats and effort are not told apart here: their cases span several rows.
with metrics as (
    select metric, version, kind, lo, hi, top_from, bottom_to
    from cat_metric
),
kinds as (
    select 'segment' as stratum_by
    union all
    select 'lifecycle'
    union all
    select 'channel'
    union all
    select 'touchpoint'
    union all
    select 'journey_step'
    union all
    select 'reason'
),
answers as (
    select team, period_start, metric, score, channel, touchpoint, journey_step, segment, lifecycle, n
    from int_feedback__stratified
),
contacts as (
    select
        team, period_start, channel, touchpoint, segment, reason,
            count(*) filter (where demand = 'failure') as n_failure,
        count(*) filter (where demand = 'value') as n_value
    from int_contacts__attributed
    where is_in_window
    group by team, period_start, channel, touchpoint, segment, reason
),
answer_strata as ( -- one row of answers for each way of telling them apart
    select
        a.team, a.period_start, a.metric, a.score, a.n, k.stratum_by,
        coalesce(
            case k.stratum_by
                when 'segment' then a.segment
                when 'lifecycle' then a.lifecycle
                when 'channel' then a.channel
                when 'touchpoint' then a.touchpoint
                else a.journey_step
            end, '(none)') as stratum
    from answers as a
    inner join kinds as k on k.stratum_by <> 'reason'
),
banded as (
    select
        a.team, a.period_start, a.metric, a.stratum_by, a.stratum, m.version, m.kind, a.n,
        case when m.kind = 'index' then nano(100 * safe_div(a.score - m.lo, m.hi - m.lo))
        else micro(a.score) end as score,
        m.kind in ('nps', 'top_box') and a.score >= m.top_from as is_top,
        m.kind = 'nps' and a.score <= m.bottom_to as is_bottom
    from answer_strata as a
    inner join metrics as m on m.metric = a.metric and m.kind in ('nps', 'mean', 'top_box', 'index')
),
answered as (
    select
        team, period_start, metric, stratum_by, stratum, version, kind, sum(n) as n,
        coalesce(sum(n) filter (where is_top), 0) as n_top,
        coalesce(sum(n) filter (where is_bottom), 0) as n_bottom,
        sum(exact(n) * exact(score)) as s1,
        sum(exact(n) * exact(score) * exact(score)) as s2
    from banded
    group by team, period_start, metric, stratum_by, stratum, version, kind
),
contact_strata as (
    select
        c.team, c.period_start, k.stratum_by, c.n_failure, c.n_value,
        coalesce(
            case k.stratum_by
                when 'segment' then c.segment
                when 'channel' then c.channel
                when 'touchpoint' then c.touchpoint
                else c.reason
            end, '(none)') as stratum
    from contacts as c
    inner join kinds as k on k.stratum_by in ('segment', 'channel', 'touchpoint', 'reason')
),
failures as ( -- the catalogue may define several metrics of a kind
    select
        c.team, c.period_start, m.metric, c.stratum_by, c.stratum, m.version, m.kind, sum(c.n_failure
            + c.n_value) as n,
        sum(c.n_failure) as n_top, sum(c.n_value) as n_bottom
    from contact_strata as c
    inner join metrics as m on m.kind = 'failure_demand'
    group by c.team, c.period_start, m.metric, c.stratum_by, c.stratum, m.version, m.kind
),
final as (
    select
        team, period_start, metric, stratum_by, stratum, version, kind, n, n_top, n_bottom,
        case when kind in ('mean', 'index') then exact(s1) when kind = 'nps' then 100
        * (exact(n_top) - exact(n_bottom))
            else exact(n_top) end as s1,
        case when kind in ('mean', 'index') then exact(s2) when kind = 'nps' then 10000 * (exact(n_top)
            + exact(n_bottom))
            else exact(n_top) end as s2,
        case kind when 'mean' then 1000000 when 'index' then 1000000000 else 1 end as divisor
    from answered
    union all
    select team, period_start, metric, stratum_by, stratum, version, kind, n, n_top, n_bottom, exact(n_top),
        exact(n_top), 1
    from failures
)
select
    cast(team as varchar) as team,
    cast(metric as varchar) as metric,
    cast(version as integer) as version,
    cast(kind as varchar) as kind,
    cast(stratum_by as varchar) as stratum_by,
    cast(stratum as varchar) as stratum,
    cast(period_start as date) as period_start,
    cast(n as bigint) as n,
    cast(n_top as bigint) as n_top,
    cast(n_bottom as bigint) as n_bottom,
    exact(s1) as s1,
    exact(s2) as s2,
    cast(divisor as bigint) as divisor
from final
where n > 0
