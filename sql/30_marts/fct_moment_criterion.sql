-- grain: one row per team, period, moment of truth and criterion
-- key: team, period_start, moment, criterion
-- feature: O13
-- reads: int_passages__judged, cat_criterion
-- why: Which of the customers' own conditions fails: the operational number to watch before the
--   answers come in.
-- columns:
--   team varchar: team that took the contact, or that the answer counts for
--   moment varchar: moment of the catalogue
--   criterion varchar: criterion of the moment
--   field varchar: what it is set on
--   at_least double: lower threshold; null without one
--   at_most double: upper threshold; null without one
--   period_start date: first civil date of the period, business zone
--   judged bigint: passages of which it is known
--   met bigint: of these, within the threshold
--   share double: met / judged, 0 to 1; null without any
--   low double: lower end of its 95 % Wilson interval
--   high double: upper end of its 95 % Wilson interval
with passages as (
    select moment, criterion, team, period_start, is_met
    from int_passages__judged
    where team is not null
),
criteria as (
    select moment, criterion, field, at_least, at_most
    from cat_criterion
),
counts as (
    select team, period_start, moment, criterion, count(is_met) as n, count(*) filter (where is_met) as n_met
    from passages
    group by team, period_start, moment, criterion
)
select
    cast(c.team as varchar) as team,
    cast(c.moment as varchar) as moment,
    cast(c.criterion as varchar) as criterion,
    cast(k.field as varchar) as field,
    cast(k.at_least as double) as at_least,
    cast(k.at_most as double) as at_most,
    cast(c.period_start as date) as period_start,
    cast(c.n as bigint) as judged,
    cast(c.n_met as bigint) as met,
    safe_div(c.n_met, c.n) as share,
    cast(wilson_low(c.n_met, c.n) as double) as low,
    cast(wilson_high(c.n_met, c.n) as double) as high
from counts as c
inner join criteria as k on k.moment = c.moment and k.criterion = c.criterion
