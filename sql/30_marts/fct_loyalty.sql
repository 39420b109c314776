-- grain: one row per team, period and touchpoint
-- key: team, period_start, touchpoint
-- feature: O15
-- reads: int_behaviours__placed
-- why: What customers did: buy again, buy more, spread the word, leave. Retention is renewals /
--   (renewals + churn), of those who decided; the other acts have no such whole and are counted.
-- columns:
--   team varchar: team that the act is counted for
--   touchpoint varchar: touchpoint that the act is counted for; (none) where the source gave none
--   period_start date: first civil date of the period, business zone
--   customers bigint: customers who did anything of it
--   renewals bigint: renewals
--   repurchases bigint: repurchases
--   upsells bigint: upsells
--   referrals bigint: referrals
--   churned bigint: departures
--   amount double: money of all acts, the business's currency; null if none says its amount
--   with_amount bigint: acts that say their amount
--   retention double: renewals / (renewals + churned), 0 to 1; null without either
--   low double: lower end of its 95 % Wilson interval
--   high double: upper end of its 95 % Wilson interval
with acts as (
    select customer, kind, team, coalesce(touchpoint, '(none)') as touchpoint, period_start, amount
    from int_behaviours__placed
    where is_in_window and team is not null
),
counts as (
    select
        team, touchpoint, period_start, count(distinct customer) as n_customers,
        count(*) filter (where kind = 'renewal') as n_renewals,
        count(*) filter (where kind = 'repurchase') as n_repurchases,
        count(*) filter (where kind = 'upsell') as n_upsells,
        count(*) filter (where kind = 'referral') as n_referrals,
        count(*) filter (where kind = 'churn') as n_churned, count(amount) as n_amounts, sum(exact(amount)) as amount
    from acts
    group by team, touchpoint, period_start
)
select
    cast(team as varchar) as team,
    cast(touchpoint as varchar) as touchpoint,
    cast(period_start as date) as period_start,
    cast(n_customers as bigint) as customers,
    cast(n_renewals as bigint) as renewals,
    cast(n_repurchases as bigint) as repurchases,
    cast(n_upsells as bigint) as upsells,
    cast(n_referrals as bigint) as referrals,
    cast(n_churned as bigint) as churned,
    safe_div(amount, 1000000) as amount,
    cast(n_amounts as bigint) as with_amount,
    safe_div(n_renewals, n_renewals + n_churned) as retention,
    cast(wilson_low(n_renewals, n_renewals + n_churned) as double) as low,
    cast(wilson_high(n_renewals, n_renewals + n_churned) as double) as high
from counts
