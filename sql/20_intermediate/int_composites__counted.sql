-- grain: one row per team, period and composite metric
-- key: team?, period_start, metric
-- side: outside
-- reads: int_feedback__attributed, cat_part
-- keep: table
-- by: period_start
-- edges: zero (a scale has two ends, and a questionnaire its parts)
-- why: A composite is the mean of several questions, each from 0 to 100. It is made per customer,
--   because the questions of one questionnaire hang together and a standard error taken over them
--   one by one would be too small. Only customers who answered every part count: a mean over other
--   questions is another number.
with answers as (
    select feedback_id, metric, team, period_start, score
    from int_feedback__attributed
    where is_in_window
),
parts as (
    select metric, part, lo, hi
    from cat_part
),
sizes as (
    select metric, count(*) as n_parts
    from parts
    group by metric
),
questionnaires as ( -- an answer is in as many rows as composites ask for its metric
    select
        p.metric, a.feedback_id, a.team, a.period_start, count(*) as n_parts,
        sum(nano(100 * safe_div(a.score - p.lo, p.hi - p.lo))) as score
    from answers as a
    inner join parts as p on p.part = a.metric
    group by p.metric, a.feedback_id, a.team, a.period_start
),
scored as (
    select q.metric, q.team, q.period_start, round(safe_div(q.score, q.n_parts)) as score
    from questionnaires as q
    inner join sizes as s on s.metric = q.metric and s.n_parts = q.n_parts
)
select
    cast(team as varchar) as team,
    cast(metric as varchar) as metric,
    cast(period_start as date) as period_start,
    cast(count(*) as bigint) as n,
    exact(sum(exact(score))) as s1,
    exact(sum(exact(score) * exact(score))) as s2
from scored
group by team, metric, period_start
