-- grain: one row per team, period, metric and score
-- key: team?, period_start?, metric, score
-- side: outside
-- reads: int_feedback__attributed
-- keep: table
-- why: How often each score was given is all that any formula needs, whole numbers, and small: the
--   one pass over the answers is a count. Answers outside the window of the analysis are kept as
--   rows without a period, so that every row can be accounted for.
with answers as (
    select
        case when is_in_window then team end as team,
        case when is_in_window then period_start end as period_start,
        metric, score, answered_on, n_rows
    from int_feedback__attributed
)
select
    cast(team as varchar) as team,
    cast(period_start as date) as period_start,
    cast(metric as varchar) as metric,
    cast(score as double) as score,
    cast(min(answered_on) as date) as first_on,
    cast(max(answered_on) as date) as last_on,
    cast(count(*) as bigint) as n,
    cast(sum(n_rows) as bigint) as n_rows
from answers
group by team, period_start, metric, score
