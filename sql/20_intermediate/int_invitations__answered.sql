-- grain: one row per invitation of a customer to a survey
-- key: invitation_id
-- side: outside
-- reads: stg_customer_invitations, int_feedback__attributed, int_contacts__attributed, raw_run,
--   cat_setting
-- keep: table
-- why: Who was asked and who answered. Answers carry no invitation, so the first answer of the
--   customer within response_days of the invitation, and before the next one to the same survey,
--   belongs to it. What is known of everybody who was asked, and not only of those who answered, is
--   the last contact before; it shows whether the answers speak for the asked. An invitation whose
--   time to answer reaches beyond the last answer seen is open.
with invitations as (
    select invitation_id, survey, customer, team, channel, sent_at, is_delivered
    from stg_customer_invitations
),
answers as (
    select customer, answered_at, answered_on
    from int_feedback__attributed
    where customer is not null
),
contacts as (
    select contact_id, customer, segment, demand, started_at
    from int_contacts__attributed
    where customer is not null
),
run as (
    select grain, zone, from_on, to_on
    from raw_run
),
settings as (
    select response_days
    from cat_setting
),
seen as ( -- one row
    select max(answered_on) as last_on
    from answers
),
placed as ( -- run, settings and seen have one row each
    select
        i.invitation_id, i.survey, i.customer, i.team, i.channel, i.sent_at, i.is_delivered,
        local_day(i.sent_at, run.zone) as sent_on, period_of(i.sent_at, run.grain, run.zone) as period_start,
        run.from_on, run.to_on, s.response_days, seen.last_on,
        lead(i.sent_at) over (
            partition by i.survey, i.customer order by i.sent_at asc nulls last,
                i.invitation_id asc nulls last) as next_at
    from invitations as i
    cross join run
    cross join settings as s
    cross join seen
),
answered as (
    select distinct p.invitation_id
    from placed as p
    inner join answers as a
        on a.customer = p.customer and a.answered_at >= p.sent_at and (p.next_at is null or a.answered_at < p.next_at)
            and a.answered_on <= add_days(p.sent_on, p.response_days)
),
before as ( -- the last contact before the invitation
    select p.invitation_id, c.segment, c.demand, row_number() over (
        partition by p.invitation_id order by c.started_at desc nulls last, c.contact_id desc nulls last) as rank_back
    from placed as p
    inner join contacts as c on c.customer = p.customer and c.started_at < p.sent_at
)
select
    cast(p.invitation_id as varchar) as invitation_id,
    cast(p.survey as varchar) as survey,
    cast(p.team as varchar) as team,
    cast(coalesce(p.channel, '(none)') as varchar) as channel,
    cast(p.period_start as date) as period_start,
    cast(b.demand as varchar) as last_demand,
    cast(b.segment as varchar) as segment,
    cast(coalesce(p.is_delivered, true) as boolean) as is_delivered,
    cast(a.invitation_id is not null as boolean) as is_answered,
    cast(coalesce(add_days(p.sent_on, p.response_days) > p.last_on, true) as boolean) as is_open,
    cast((p.from_on is null or p.sent_on >= p.from_on) and (p.to_on is null or p.sent_on < p.to_on)
        as boolean) as is_in_window
from placed as p
left join answered as a on a.invitation_id = p.invitation_id
left join before as b on b.invitation_id = p.invitation_id and b.rank_back = 1
