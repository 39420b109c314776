-- grain: one row per team that took contacts, team that owns their touchpoint, and period
-- key: handled_by, owned_by, period_start
-- feature: O2, N13
-- reads: int_contacts__attributed, int_touchpoints__owned
-- by: period_start
-- why: Failure demand is often made upstream of the team that takes the call. Handled by is the team
--   of the contact, owned by the team that owns its touchpoint; both are kept. A touchpoint with
--   several owners is not decided in silence: its contacts stand under (several).
-- columns:
--   handled_by varchar: team that took the contacts
--   owned_by varchar: team that owns the touchpoint; (none) without an owner, (several) with more than one
--   period_start date: first civil date of the period, business zone
--   contacts bigint: contacts that began in the period
--   failure bigint: classified as failure demand
--   value bigint: classified as value demand
--   rate double: failure / (failure + value), 0 to 1; null without either
--   low double: lower end of its 95 % Wilson interval
--   high double: upper end of its 95 % Wilson interval
--   is_own boolean: the team took contacts at a touchpoint of its own
with contacts as (
    select team, touchpoint, period_start, demand
    from int_contacts__attributed
    where is_in_window and team is not null
),
owners as ( -- one row per touchpoint
    select touchpoint, case when count(*) > 1 then '(several)' else max(owner) end as owner
    from int_touchpoints__owned
    group by touchpoint
),
counts as (
    select
        c.team, coalesce(o.owner, '(none)') as owner, c.period_start, count(*) as n,
        count(*) filter (where c.demand = 'failure') as n_failure, count(*) filter (where c.demand = 'value') as n_value
    from contacts as c
    left join owners as o on o.touchpoint = c.touchpoint
    group by c.team, coalesce(o.owner, '(none)'), c.period_start
)
select
    cast(team as varchar) as handled_by,
    cast(owner as varchar) as owned_by,
    cast(period_start as date) as period_start,
    cast(n as bigint) as contacts,
    cast(n_failure as bigint) as failure,
    cast(n_value as bigint) as value,
    safe_div(n_failure, n_failure + n_value) as rate,
    cast(wilson_low(n_failure, n_failure + n_value) as double) as low,
    cast(wilson_high(n_failure, n_failure + n_value) as double) as high,
    cast(team = owner as boolean) as is_own
from counts
