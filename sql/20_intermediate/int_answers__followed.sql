-- grain: one row per customer answer whose following is known in full
-- key: feedback_id, metric
-- side: outside
-- reads: int_feedback__attributed, int_behaviours__placed, cat_metric, cat_setting
-- why: What a customer did in the time after an answer. Only answers whose window lies within the
--   days for which loyalty acts are known count: a customer of last week had no time yet to leave.
--   Of several answers of a customer to one question within a window the first counts, so that
--   nobody's acts are counted twice.
with answers as (
    select feedback_id, metric, customer, answered_on, score
    from int_feedback__attributed
    where is_in_window and customer is not null
),
acts as (
    select behaviour_id, customer, kind, occurred_on, amount
    from int_behaviours__placed
    where customer is not null
),
metrics as (
    select metric, kind, top_from, bottom_to
    from cat_metric
    where kind in ('nps', 'top_box')
),
settings as (
    select loyalty_days
    from cat_setting
),
known as ( -- one row: the days for which acts are known
    select min(occurred_on) as first_on, max(occurred_on) as last_on
    from acts
),
placed as ( -- settings and known have one row each
    select
        a.feedback_id, a.metric, a.customer, a.answered_on, s.loyalty_days,
        case when a.score >= m.top_from then 'top' when m.kind = 'top_box' or a.score <= m.bottom_to then 'bottom'
            else 'middle' end as band,
        lag(a.answered_on) over (
            partition by a.metric, a.customer order by a.answered_on asc nulls last,
                a.feedback_id asc nulls last) as before_on
    from answers as a
    inner join metrics as m on m.metric = a.metric
    cross join settings as s
    cross join known as k
    where a.answered_on >= k.first_on and add_days(a.answered_on, s.loyalty_days) <= k.last_on
),
firsts as (
    select feedback_id, metric, customer, answered_on, loyalty_days, band
    from placed
    where before_on is null or days_between(before_on, answered_on) > loyalty_days
)
select
    cast(f.feedback_id as varchar) as feedback_id,
    cast(f.metric as varchar) as metric,
    cast(f.band as varchar) as band,
    cast(count(*) filter (where b.kind = 'renewal') as bigint) as n_renewals,
    cast(count(*) filter (where b.kind = 'repurchase') as bigint) as n_repurchases,
    cast(count(*) filter (where b.kind = 'upsell') as bigint) as n_upsells,
    cast(count(*) filter (where b.kind = 'referral') as bigint) as n_referrals,
    cast(count(*) filter (where b.kind = 'churn') as bigint) as n_churned,
    cast(coalesce(sum(b.amount), 0) as bigint) as amount
from firsts as f
left join acts as b
    on b.customer = f.customer and b.occurred_on > f.answered_on
        and b.occurred_on <= add_days(f.answered_on, f.loyalty_days)
group by f.feedback_id, f.metric, f.band
