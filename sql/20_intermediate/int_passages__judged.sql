-- grain: one row per moment of truth, passage through it and criterion of success
-- key: moment, passage, criterion
-- side: outside
-- reads: int_contacts__attributed, int_contacts__matters, int_visits__linked,
--   int_feedback__attributed, cat_moment, cat_criterion, cat_code
-- keep: table
-- edges: zero (the divisor is a minute)
-- why: A passage is a contact at the touchpoint of the moment, or an answer there (or at its step)
--   that belongs to no contact of it. Each is held against what customers themselves called success.
--   is_met is null where the passage says nothing about the criterion; a contact whose window is
--   open says nothing about being followed.
with contacts as (
    select
        contact_id, team, period_start, touchpoint, outcome, queue_seconds, hold_seconds, handle_seconds,
            transfers, cost,
        started_at, ended_at
    from int_contacts__attributed
    where is_in_window
),
matters as (
    select contact_id, visit_id
    from int_contacts__matters
),
visits as (
    select visit_id, is_returned_to, is_censored, has_key
    from int_visits__linked
),
answers as (
    select feedback_id, metric, case_id, team, period_start, touchpoint, journey_step, score
    from int_feedback__attributed
    where is_in_window
),
moments as (
    select moment, touchpoint, step
    from cat_moment
),
criteria as (
    select moment, criterion, field, at_least, at_most
    from cat_criterion
),
succeeded as (
    select lower(code) as code
    from cat_code
    where meaning = 'succeeded'
),
contact_passages as ( -- a contact is in one visit
    select
        m.moment, 'contact ' || c.contact_id as passage, c.contact_id, c.team, c.period_start, c.queue_seconds,
        c.hold_seconds, c.handle_seconds, c.transfers, c.cost,
        case when c.ended_at >= c.started_at then safe_div(seconds_between(c.started_at, c.ended_at), 60) end
            as elapsed_minutes,
        case when v.has_key and not v.is_censored then case when v.is_returned_to then 1 else 0 end end as followed,
        case when c.outcome is not null then case when lower(c.outcome) in (select code from succeeded) then 1
        else 0 end
            end as succeeded
    from contacts as c
    inner join moments as m on m.touchpoint = c.touchpoint and m.step is null
    inner join matters as t on t.contact_id = c.contact_id
    inner join visits as v on v.visit_id = t.visit_id
),
answer_passages as (
    select distinct m.moment, a.feedback_id, a.case_id, a.team, a.period_start
    from answers as a
    inner join moments as m
        on (m.touchpoint is null or m.touchpoint = a.touchpoint) and (m.step is null or m.step = a.journey_step)
),
alone as ( -- answers whose contact is no passage of the moment
    select p.moment, 'answer ' || p.feedback_id as passage, p.feedback_id, p.team, p.period_start
    from answer_passages as p
    left join contact_passages as c on c.moment = p.moment and c.contact_id = p.case_id
    where c.contact_id is null
),
contact_answers as ( -- several answers about one contact count by their lowest
    select c.moment, c.passage, a.metric, min(a.score) as score
    from contact_passages as c
    inner join answers as a on a.case_id = c.contact_id
    group by c.moment, c.passage, a.metric
),
measured as (
    select
        p.moment, p.passage, p.team, p.period_start, k.criterion, k.at_least, k.at_most,
        case k.field
            when 'queue_seconds' then p.queue_seconds
            when 'hold_seconds' then p.hold_seconds
            when 'handle_seconds' then p.handle_seconds
            when 'transfers' then p.transfers
            when 'elapsed_minutes' then p.elapsed_minutes
            when 'followed' then p.followed
            when 'succeeded' then p.succeeded
            when 'cost' then p.cost
            else a.score
        end as value
    from contact_passages as p
    inner join criteria as k on k.moment = p.moment
    left join contact_answers as a on a.moment = p.moment and a.passage = p.passage and a.metric = k.field
    union all
    select p.moment, p.passage, p.team, p.period_start, k.criterion, k.at_least, k.at_most, a.score
    from alone as p
    inner join criteria as k on k.moment = p.moment
    left join answers as a on a.feedback_id = p.feedback_id and a.metric = k.field
)
select
    cast(moment as varchar) as moment,
    cast(passage as varchar) as passage,
    cast(criterion as varchar) as criterion,
    cast(team as varchar) as team,
    cast(period_start as date) as period_start,
    cast(case when value is not null then coalesce(value >= at_least, true) and coalesce(value <= at_most, true) end
        as boolean) as is_met
from measured
