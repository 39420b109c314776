-- grain: one row per customer answer to one question
-- key: feedback_id, metric
-- side: outside
-- reads: stg_feedback, int_roster__spans, int_teams__followed, raw_run
-- keep: table
-- by: feedback_id, metric
-- why: An answer counts for the team that the source names, else for the team in which the agent
--   was on that civil day; the other way round where the run lets the roster count first. The two
--   are held against each other in way. It counts for the period of the business zone in which it was given.
with answers as (
    select
        feedback_id, metric, case_id, customer, team, agent, channel, touchpoint, journey_step, segment, lifecycle,
        answered_at, score, n_rows
    from stg_feedback
),
run as (
    select grain, zone, from_on, to_on, is_roster_first
    from raw_run
),
spans as (
    select person, team, valid_from, valid_to
    from int_roster__spans
),
followed as (
    select team, became
    from int_teams__followed
),
placed as ( -- run has one row
    select
        a.feedback_id, a.metric, a.case_id, a.customer, a.team, a.agent,
        a.channel, a.touchpoint, a.journey_step, a.segment, a.lifecycle, a.answered_at, a.score, a.n_rows,
        local_day(a.answered_at, run.zone) as answered_on,
        period_of(a.answered_at, run.grain, run.zone) as period_start,
        run.from_on, run.to_on, run.is_roster_first
    from answers as a
    cross join run
),
final as ( -- at most one span holds the day, and a team has at most one successor
    select
        p.feedback_id, p.metric, p.case_id, p.customer, p.agent,
        case
            when p.is_roster_first then coalesce(t.became, s.team, n.became, p.team)
            else coalesce(n.became, p.team, t.became, s.team)
        end as team,
        coalesce(n.became, p.team) as named_team, coalesce(t.became, s.team) as roster_team,
        p.channel, p.touchpoint,
        p.journey_step, p.segment, p.lifecycle, p.answered_at, p.answered_on, p.period_start, p.score, p.n_rows,
        (p.from_on is null or p.answered_on >= p.from_on)
            and (p.to_on is null or p.answered_on < p.to_on) as is_in_window
    from placed as p
    left join spans as s
        on s.person = p.agent and p.answered_on >= s.valid_from and p.answered_on < s.valid_to
    left join followed as n on n.team = p.team
    left join followed as t on t.team = s.team
)
select
    cast(feedback_id as varchar) as feedback_id,
    cast(metric as varchar) as metric,
    cast(case_id as varchar) as case_id,
    cast(customer as varchar) as customer,
    cast(team as varchar) as team,
    cast(channel as varchar) as channel,
    cast(touchpoint as varchar) as touchpoint,
    cast(journey_step as varchar) as journey_step,
    cast(segment as varchar) as segment,
    cast(lifecycle as varchar) as lifecycle,
    cast(answered_at as timestamp) as answered_at,
    cast(answered_on as date) as answered_on,
    cast(period_start as date) as period_start,
    cast(score as double) as score,
    cast(n_rows as bigint) as n_rows,
    cast(is_in_window as boolean) as is_in_window,
    cast(case
        when named_team is null and agent is null then 'nothing'
        when named_team is null and roster_team is null then 'missed'
        when named_team is null then 'found'
        when agent is null then 'named'
        when roster_team is null then 'unconfirmed'
        when roster_team = named_team then 'agreed'
        else 'disagreed'
    end as varchar) as way,
    cast(named_team as varchar) as named_team,
    cast(roster_team as varchar) as roster_team
from final
