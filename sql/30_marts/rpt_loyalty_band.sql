-- grain: one row per metric and band of answers
-- key: metric, band
-- feature: O15
-- reads: int_answers__followed
-- edges: zero (a band that is there has customers)
-- why: From points to behaviour to money: what customers who gave a high answer did in the time
--   after it, beside those who gave a low one. That is a difference between customers, not what a
--   point more would bring.
-- columns:
--   metric varchar: metric of the catalogue
--   band varchar: top, middle or bottom of the scale, as the metric cuts it
--   customers bigint: answers whose time after is known in full, one a customer and window
--   bought_again double: share with a renewal or a repurchase, 0 to 1
--   bought_more double: share with an upsell
--   spread_the_word double: share with a referral
--   departed double: share that left
--   departed_low double: lower end of its 95 % Wilson interval
--   departed_high double: upper end of its 95 % Wilson interval
--   amount double: money per customer, the business's currency
--   amount_se double: its standard error; null for one customer
--   above_bottom double: amount minus that of the bottom band; null if there is none
with answers as (
    select metric, band, n_renewals, n_repurchases, n_upsells, n_referrals, n_churned, amount
    from int_answers__followed
),
sums as (
    select
        metric, band, count(*) as n, count(*) filter (where n_renewals + n_repurchases > 0) as n_again,
        count(*) filter (where n_upsells > 0) as n_more, count(*) filter (where n_referrals > 0) as n_word,
        count(*) filter (where n_churned > 0) as n_left, sum(exact(amount)) as s1, sum(exact(amount)
        * exact(amount)) as s2
    from answers
    group by metric, band
),
bottoms as (
    select metric, n, s1
    from sums
    where band = 'bottom'
)
select
    cast(s.metric as varchar) as metric,
    cast(s.band as varchar) as band,
    cast(s.n as bigint) as customers,
    safe_div(s.n_again, s.n) as bought_again,
    safe_div(s.n_more, s.n) as bought_more,
    safe_div(s.n_word, s.n) as spread_the_word,
    safe_div(s.n_left, s.n) as departed,
    cast(wilson_low(s.n_left, s.n) as double) as departed_low,
    cast(wilson_high(s.n_left, s.n) as double) as departed_high,
    moment_value(s.n, s.s1, 1000000) as amount,
    cast(moment_se('mean', s.n, s.s1, s.s2, 1000000) as double) as amount_se,
    moment_value(s.n, s.s1, 1000000) - moment_value(b.n, b.s1, 1000000) as above_bottom
from sums as s
left join bottoms as b on b.metric = s.metric
