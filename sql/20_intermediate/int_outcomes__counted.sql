-- grain: one row per team, period and channel
-- key: team?, period_start, channel
-- side: outside
-- reads: int_contacts__attributed, cat_code
-- keep: table
-- by: period_start
-- why: Complaints and successes. A contact is a complaint by one of its failure tags or by the
--   first level of its reason; it is a success by its outcome; the catalogue lists the codes.
--   Contacts whose outcome nobody wrote down are counted apart.
with contacts as (
    select contact_id, team, period_start, coalesce(channel, '(none)') as channel, reason, failure_tags, outcome
    from int_contacts__attributed
    where is_in_window
),
codes as (
    select meaning, code
    from cat_code
),
tagged as ( -- a contact with several tags of complaint is one complaint
    select distinct c.contact_id
    from contacts as c
    inner join codes as k on k.meaning = 'complaint_tag' and has_tag(c.failure_tags, k.code)
    where c.failure_tags is not null
),
marked as (
    select
        c.team, c.period_start, c.channel, c.outcome is not null as has_outcome,
        t.contact_id is not null
            or lower(first_level(c.reason)) in (
                select lower(code) from codes where meaning = 'complaint_reason') as is_complaint,
        lower(c.outcome) in (select lower(code) from codes where meaning = 'succeeded') as is_success
    from contacts as c
    left join tagged as t on t.contact_id = c.contact_id
)
select
    cast(team as varchar) as team,
    cast(channel as varchar) as channel,
    cast(period_start as date) as period_start,
    cast(count(*) as bigint) as n_contacts,
    cast(count(*) filter (where is_complaint) as bigint) as n_complaints,
    cast(count(*) filter (where has_outcome) as bigint) as n_with_outcome,
    cast(count(*) filter (where is_success) as bigint) as n_succeeded
from marked
group by team, channel, period_start
