-- grain: one row per team, period, channel left and channel taken
-- key: team, period_start, from_channel, to_channel
-- feature: O14
-- reads: int_visits__linked
-- by: period_start
-- edges: zero (a way back that is there was counted)
-- why: Customers do not mind the boundaries of channels. Of the visits that came back to a matter,
--   where the one before was made and where this one is: the share of those who changed is the share
--   that the channel left did not hold. Without returns there is no row. Whether one touchpoint goes
--   with results at another is inference and not counted here.
-- columns:
--   team varchar: team that took the last leg of the later visit
--   from_channel varchar: channel of the visit before on the same matter
--   to_channel varchar: channel of this visit
--   period_start date: first civil date of the period in which this visit began, business zone
--   returns bigint: visits that came from the one channel to the other
--   of_returns bigint: visits that came back after one in from_channel, whichever channel they took
--   share double: returns / of_returns, 0 to 1
--   low double: lower end of its 95 % Wilson interval
--   high double: upper end of its 95 % Wilson interval
--   is_switch boolean: the channels differ
with returns as (
    select team, period_start, previous_channel as from_channel, channel as to_channel, count(*) as n
    from int_visits__linked
    where is_in_window and is_return and team is not null and previous_channel is not null and channel is not null
    group by team, period_start, previous_channel, channel
),
final as (
    select
        team, period_start, from_channel, to_channel, n, sum(n) over (partition by team, period_start,
            from_channel) as n_all
    from returns
)
select
    cast(team as varchar) as team,
    cast(from_channel as varchar) as from_channel,
    cast(to_channel as varchar) as to_channel,
    cast(period_start as date) as period_start,
    cast(n as bigint) as returns,
    cast(n_all as bigint) as of_returns,
    safe_div(n, n_all) as share,
    cast(wilson_low(n, n_all) as double) as low,
    cast(wilson_high(n, n_all) as double) as high,
    cast(from_channel <> to_channel as boolean) as is_switch
from final
