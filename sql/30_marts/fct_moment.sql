-- grain: one row per team, period and moment of truth
-- key: team, period_start, moment
-- feature: O12, O13
-- reads: int_passages__judged, cat_moment
-- why: The share of customers who sail through a moment of truth: every criterion that is known of
--   the passage is met, by thresholds that customers set. It is breached where even the upper end of
--   the interval lies below the target, so that a handful of passages raises no alarm.
-- columns:
--   team varchar: team that took the contact, or that the answer counts for
--   moment varchar: moment of the catalogue
--   version integer: revision of its definition
--   period_start date: first civil date of the period, business zone
--   passages bigint: customers who came through
--   judged bigint: of these, of whom at least one criterion is known
--   fully_judged bigint: of these, of whom every criterion is known
--   sailed bigint: of those judged, who met every criterion that is known
--   share double: sailed / judged, 0 to 1; null without any
--   low double: lower end of its 95 % Wilson interval
--   high double: upper end of its 95 % Wilson interval
--   target double: share that is to sail through, 0 to 1
--   is_below_target boolean: share is below the target
--   is_breached boolean: surely below: high is below the target
with criteria as (
    select moment, passage, team, period_start, is_met
    from int_passages__judged
    where team is not null
),
moments as (
    select moment, version, target
    from cat_moment
),
passages as (
    select
        moment, passage, team, period_start, count(is_met) > 0 as is_judged,
            count(is_met) = count(*) as is_fully_judged,
        count(*) filter (where not is_met) = 0 as is_smooth
    from criteria
    group by moment, passage, team, period_start
),
counts as (
    select
        team, period_start, moment, count(*) as n, count(*) filter (where is_judged) as n_judged,
        count(*) filter (where is_fully_judged) as n_full, count(*) filter (where is_judged and is_smooth) as n_sailed
    from passages
    group by team, period_start, moment
)
select
    cast(c.team as varchar) as team,
    cast(c.moment as varchar) as moment,
    cast(m.version as integer) as version,
    cast(c.period_start as date) as period_start,
    cast(c.n as bigint) as passages,
    cast(c.n_judged as bigint) as judged,
    cast(c.n_full as bigint) as fully_judged,
    cast(c.n_sailed as bigint) as sailed,
    safe_div(c.n_sailed, c.n_judged) as share,
    cast(wilson_low(c.n_sailed, c.n_judged) as double) as low,
    cast(wilson_high(c.n_sailed, c.n_judged) as double) as high,
    cast(m.target as double) as target,
    cast(coalesce(safe_div(c.n_sailed, c.n_judged) < m.target, false) as boolean) as is_below_target,
    cast(coalesce(wilson_high(c.n_sailed, c.n_judged) < m.target, false) as boolean) as is_breached
from counts as c
inner join moments as m on m.moment = c.moment
