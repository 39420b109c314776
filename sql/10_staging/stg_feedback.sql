-- grain: one row per customer answer to one question
-- key: feedback_id, metric
-- side: outside
-- reads: raw_feedback
-- why: Sources repeat themselves: delivery at least once, exports that overlap. The latest answer
--   counts; ties go to the later place in the source.
with versions as (
    select
        feedback_id, metric, case_id, customer, team, agent, channel, touchpoint, journey_step, segment, lifecycle,
        answered_at, score,
        row_number() over (
            partition by feedback_id, metric
            order by answered_at desc nulls last, _source desc nulls last, _stream desc nulls last,
                _position desc nulls last, score desc nulls last) as version_rank,
        count(*) over (partition by feedback_id, metric) as n_rows
    from raw_feedback
)
select
    cast(feedback_id as varchar) as feedback_id,
    cast(metric as varchar) as metric,
    cast(case_id as varchar) as case_id,
    cast(customer as varchar) as customer,
    cast(team as varchar) as team,
    cast(agent as varchar) as agent,
    cast(channel as varchar) as channel,
    cast(touchpoint as varchar) as touchpoint,
    cast(journey_step as varchar) as journey_step,
    cast(segment as varchar) as segment,
    cast(lifecycle as varchar) as lifecycle,
    cast(answered_at as timestamp) as answered_at,
    cast(score as double) as score,
    cast(n_rows as bigint) as n_rows
from versions
where version_rank = 1
