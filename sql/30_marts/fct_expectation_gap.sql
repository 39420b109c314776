-- grain: one row per team, period and pair of questions
-- key: team, period_start, expectation
-- feature: O11
-- reads: int_expectations__paired
-- edges: zero (a cell without answers is none)
-- why: What was met minus what was expected, of the customers who said both, on 0 to 100: below
--   zero the organisation fell short. The interval is that of paired differences, which is narrower
--   than that of two separate means.
-- columns:
--   team varchar: team
--   expectation varchar: pair of the catalogue
--   period_start date: first civil date of the period in which the second was answered, business zone
--   n bigint: customers who answered both
--   expected double: mean expectation, 0 to 100
--   actual double: mean of what was met, 0 to 100
--   gap double: actual - expected
--   se double: standard error of gap; null for one customer
--   low double: lower end of its 95 % interval (t)
--   high double: upper end of its 95 % interval (t)
--   fell_short bigint: customers who met less than they expected
with pairs as (
    select team, period_start, expectation, expected, actual, actual - expected as gap
    from int_expectations__paired
    where team is not null
),
sums as (
    select
        team, period_start, expectation, count(*) as n, sum(expected) as expected, sum(actual) as actual,
            sum(gap) as s1,
        sum(exact(gap) * exact(gap)) as s2, count(*) filter (where gap < 0) as n_short
    from pairs
    group by team, period_start, expectation
)
select
    cast(team as varchar) as team,
    cast(expectation as varchar) as expectation,
    cast(period_start as date) as period_start,
    cast(n as bigint) as n,
    moment_value(n, expected, 1000000000) as expected,
    moment_value(n, actual, 1000000000) as actual,
    moment_value(n, s1, 1000000000) as gap,
    cast(moment_se('mean', n, s1, s2, 1000000000) as double) as se,
    cast(moment_bound(-1, 'mean', n, s1, s2, 0, 0, 1000000000) as double) as low,
    cast(moment_bound(1, 'mean', n, s1, s2, 0, 0, 1000000000) as double) as high,
    cast(n_short as bigint) as fell_short
from sums
