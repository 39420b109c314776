-- grain: one row per team, period and metric that is counted from customers' rows
-- key: team?, period_start, metric
-- side: outside
-- reads: int_feedback__counted, int_composites__counted, int_contacts__counted,
--   int_outcomes__counted, int_repeats__counted, int_visits__counted, cat_metric
-- keep: table
-- edges: zero (a scale has two ends)
-- why: NPS, means and shares are all a mean of something over cases, so one set of exact sums
--   serves value, standard error and interval of every kind, for a cell, for a period and for the
--   whole: n cases, s1 and s2 the sums of the thing and of its square. The thing is +100, 0 or -100
--   for NPS, the answer in millionths for a mean, the score in billionths for an index of any kind,
--   1 or 0 for a share; divisor turns it into the metric's unit.
with metrics as (
    select metric, version, kind, lo, hi, top_from, bottom_to
    from cat_metric
),
counts as (
    select team, period_start, metric, score, n
    from int_feedback__counted
    where period_start is not null
),
contacts as (
    select team, period_start, n_failure, n_value
    from int_contacts__counted
),
repeats as (
    select team, period_start, n_closed, n_followed
    from int_repeats__counted
),
banded as ( -- every answer has one metric
    select
        c.team, c.period_start, c.metric, m.version, m.kind, c.n,
        case when m.kind = 'index' then nano(100 * safe_div(c.score - m.lo, m.hi - m.lo))
        else micro(c.score) end as score,
        m.kind in ('nps', 'top_box') and c.score >= m.top_from as is_top,
        m.kind = 'nps' and c.score <= m.bottom_to as is_bottom
    from counts as c
    inner join metrics as m on m.metric = c.metric
    where m.kind in ('nps', 'mean', 'top_box', 'index')
),
answered as (
    select
        team, period_start, metric, version, kind, sum(n) as n,
        coalesce(sum(n) filter (where is_top), 0) as n_top,
        coalesce(sum(n) filter (where is_bottom), 0) as n_bottom,
        sum(exact(n) * exact(score)) as s1,
        sum(exact(n) * exact(score) * exact(score)) as s2
    from banded
    group by team, period_start, metric, version, kind
),
failures as ( -- the catalogue may define several metrics of a kind
    select
        c.team, c.period_start, m.metric, m.version, m.kind, sum(c.n_failure + c.n_value) as n,
        sum(c.n_failure) as n_top, sum(c.n_value) as n_bottom
    from contacts as c
    inner join metrics as m on m.kind = 'failure_demand'
    group by c.team, c.period_start, m.metric, m.version, m.kind
),
followed as (
    select
        r.team, r.period_start, m.metric, m.version, m.kind, r.n_closed as n, r.n_followed as n_top,
        r.n_closed - r.n_followed as n_bottom
    from repeats as r
    inner join metrics as m on m.kind = 'repeat'
),
outcomes as (
    select
        o.team, o.period_start, m.metric, m.version, m.kind,
        case m.kind when 'complaint' then o.n_contacts else o.n_with_outcome end as n,
        case m.kind when 'complaint' then o.n_complaints else o.n_succeeded end as n_top,
        case m.kind when 'complaint' then o.n_contacts - o.n_complaints
        else o.n_with_outcome - o.n_succeeded end as n_bottom
    from (
        select
            team, period_start, sum(n_contacts) as n_contacts, sum(n_complaints) as n_complaints,
            sum(n_with_outcome) as n_with_outcome, sum(n_succeeded) as n_succeeded
        from int_outcomes__counted
        group by team, period_start
    ) as o
    inner join metrics as m on m.kind in ('complaint', 'success')
    union all
    select
        v.team, v.period_start, m.metric, m.version, m.kind, v.n_closed, v.n_resolved, v.n_closed - v.n_resolved
    from int_visits__counted as v
    inner join metrics as m on m.kind = 'resolution'
),
scored as (
    select c.team, c.period_start, c.metric, m.version, m.kind, c.n, c.s1, c.s2
    from int_composites__counted as c
    inner join metrics as m on m.metric = c.metric
    union all
    select v.team, v.period_start, m.metric, m.version, m.kind, v.n_effort, v.effort_s1, v.effort_s2
    from int_visits__counted as v
    inner join metrics as m on m.kind = 'effort'
),
final as (
    select
        team, period_start, metric, version, kind, n, n_top, n_bottom,
        case kind
            when 'mean' then exact(s1)
            when 'index' then exact(s1)
            when 'nps' then 100 * (exact(n_top) - exact(n_bottom))
            else exact(n_top)
        end as s1,
        case kind
            when 'mean' then exact(s2)
            when 'index' then exact(s2)
            when 'nps' then 10000 * (exact(n_top) + exact(n_bottom))
            else exact(n_top)
        end as s2,
        case kind when 'mean' then 1000000 when 'index' then 1000000000 else 1 end as divisor
    from answered
    union all
    select team, period_start, metric, version, kind, n, n_top, n_bottom, exact(n_top), exact(n_top), 1
    from failures
    union all
    select team, period_start, metric, version, kind, n, n_top, n_bottom, exact(n_top), exact(n_top), 1
    from followed
    union all
    select team, period_start, metric, version, kind, n, n_top, n_bottom, exact(n_top), exact(n_top), 1
    from outcomes
    union all
    select team, period_start, metric, version, kind, n, 0, 0, exact(s1), exact(s2), 1000000000
    from scored
)
select
    cast(team as varchar) as team,
    cast(metric as varchar) as metric,
    cast(version as integer) as version,
    cast(kind as varchar) as kind,
    cast(period_start as date) as period_start,
    cast(n as bigint) as n,
    cast(n_top as bigint) as n_top,
    cast(n_bottom as bigint) as n_bottom,
    exact(s1) as s1,
    exact(s2) as s2,
    cast(divisor as bigint) as divisor
from final
where n > 0
