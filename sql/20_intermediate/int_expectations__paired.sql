-- grain: one row per customer who answered both questions of a pair
-- key: expectation, feedback_id
-- side: outside
-- reads: int_feedback__attributed, cat_expectation, cat_metric
-- keep: table
-- by: feedback_id
-- edges: zero (a scale has two ends)
-- why: What was expected beside what was met, of the same questionnaire, both from 0 to 100 of
--   their own scale, turned so that more is better, in billionths. It counts where and when the
--   second was answered.
with answers as (
    select feedback_id, metric, team, period_start, score
    from int_feedback__attributed
    where is_in_window
),
pairs as (
    select expectation, expected, actual
    from cat_expectation
),
metrics as (
    select metric, direction, lo, hi
    from cat_metric
)
select -- an answer is one per questionnaire and metric
    cast(p.expectation as varchar) as expectation,
    cast(a.feedback_id as varchar) as feedback_id,
    cast(a.team as varchar) as team,
    cast(a.period_start as date) as period_start,
    nano(100 * safe_div(case when me.direction = 'lower' then me.hi - e.score else e.score - me.lo end,
        me.hi - me.lo)) as expected,
    nano(100 * safe_div(case when ma.direction = 'lower' then ma.hi - a.score else a.score - ma.lo end,
        ma.hi - ma.lo)) as actual
from pairs as p
inner join answers as e on e.metric = p.expected
inner join answers as a on a.metric = p.actual and a.feedback_id = e.feedback_id
inner join metrics as me on me.metric = p.expected
inner join metrics as ma on ma.metric = p.actual
