-- grain: one row per team, period, metric, score and everything that answers are told apart by
-- key: team?, period_start, metric, score, channel?, touchpoint?, journey_step?, segment?, lifecycle?
-- side: outside
-- reads: int_feedback__attributed
-- keep: table
-- by: period_start
-- why: The one pass over the answers for every way of telling them apart.
select
    cast(team as varchar) as team,
    cast(metric as varchar) as metric,
    cast(channel as varchar) as channel,
    cast(touchpoint as varchar) as touchpoint,
    cast(journey_step as varchar) as journey_step,
    cast(segment as varchar) as segment,
    cast(lifecycle as varchar) as lifecycle,
    cast(period_start as date) as period_start,
    cast(score as double) as score,
    cast(count(*) as bigint) as n
from int_feedback__attributed
where is_in_window
group by team, metric, channel, touchpoint, journey_step, segment, lifecycle, period_start, score
