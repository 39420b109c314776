-- grain: one row per survey, team, channel and period
-- key: survey, team, channel, period_start
-- feature: O1
-- reads: int_invitations__answered
-- why: Of those who were asked, who answered: customer surveys only. Invitations that did not arrive
--   are not asked; one of which nothing is said arrived. The rate is of closed ones.
-- columns:
--   survey varchar: survey
--   team varchar: team; (none) where the source gave none
--   channel varchar: channel of the invitation; (none) where the source gave none
--   period_start date: first civil date of the period in which it was sent, business zone
--   invited bigint: invitations sent
--   delivered bigint: of these, that arrived
--   open bigint: of those, whose time to answer reaches beyond the data
--   closed bigint: of those that arrived, whose time to answer is over
--   answered bigint: of the closed ones, answered
--   rate double: answered / closed, 0 to 1; null without any
--   low double: lower end of its 95 % Wilson interval
--   high double: upper end of its 95 % Wilson interval
with counts as (
    select
        survey, coalesce(team, '(none)') as team, channel, period_start, count(*) as n_invited,
        count(*) filter (where is_delivered) as n_delivered, count(*) filter (where is_delivered and is_open) as n_open,
        count(*) filter (where is_delivered and not is_open) as n_closed,
        count(*) filter (where is_delivered and not is_open and is_answered) as n_answered
    from int_invitations__answered
    where is_in_window
    group by survey, coalesce(team, '(none)'), channel, period_start
)
select
    cast(survey as varchar) as survey,
    cast(team as varchar) as team,
    cast(channel as varchar) as channel,
    cast(period_start as date) as period_start,
    cast(n_invited as bigint) as invited,
    cast(n_delivered as bigint) as delivered,
    cast(n_open as bigint) as open,
    cast(n_closed as bigint) as closed,
    cast(n_answered as bigint) as answered,
    safe_div(n_answered, n_closed) as rate,
    cast(wilson_low(n_answered, n_closed) as double) as low,
    cast(wilson_high(n_answered, n_closed) as double) as high
from counts
