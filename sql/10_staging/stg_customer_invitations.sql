-- grain: one row per invitation of a customer to a survey
-- key: invitation_id
-- side: shared
-- reads: raw_invitations
-- why: Invitations go to customers and to employees. Those that name a customer and no employee
--   are customer-side rows; this is the gate through which they come. A delivery that says whether
--   the invitation arrived is not undone by one that does not.
with versions as (
    select
        invitation_id, survey, customer, team, channel, sent_at, delivered,
        row_number() over (
            partition by invitation_id
            order by case when delivered is null then 0 else 1 end desc nulls last, _source desc nulls last,
                _ingested_at desc nulls last, _stream desc nulls last, _position desc nulls last) as version_rank
    from raw_invitations
    where customer is not null and person is null
)
select
    cast(invitation_id as varchar) as invitation_id,
    cast(survey as varchar) as survey,
    cast(customer as varchar) as customer,
    cast(team as varchar) as team,
    cast(channel as varchar) as channel,
    cast(sent_at as timestamp) as sent_at,
    cast(delivered as boolean) as is_delivered
from versions
where version_rank = 1
