-- grain: one row per team and period
-- key: team, period_start
-- feature: O3
-- reads: int_repeats__counted
-- by: period_start
-- why: Whether a contact settled the matter. Who is passed on did not come back: legs of one visit
--   are told from repeats. The rate is the share of contacts that were followed
--   by another on the same matter within the window, among those whose window is closed; a period
--   with open windows is provisional and its open contacts are left out of the rate. repeats counts
--   the same pairs from the other end: contacts that follow an earlier one.
-- columns:
--   team varchar: team that took the contacts
--   period_start date: first civil date of the period, business zone
--   contacts bigint: contacts that began in the period
--   without_key bigint: contacts that lack a field of the key
--   repeats bigint: contacts on the matter of one that began within the window before
--   closed bigint: contacts with a key that were not passed on and whose window is closed
--   followed bigint: of these, followed by another on the same matter within the window
--   censored bigint: contacts with a key that were not passed on and whose window reaches beyond the data
--   forwarded bigint: contacts with a key that were passed on: the next leg began within the transfer time
--   rate double: followed / closed, 0 to 1; null while no window is closed
--   low double: lower end of its 95 % Wilson interval
--   high double: upper end of its 95 % Wilson interval
--   is_provisional boolean: some windows are still open
with counts as (
    select team, period_start, n_contacts, n_without_key, n_repeats, n_closed, n_followed, n_censored, n_forwarded
    from int_repeats__counted
    where team is not null
)
select
    cast(team as varchar) as team,
    cast(period_start as date) as period_start,
    cast(n_contacts as bigint) as contacts,
    cast(n_without_key as bigint) as without_key,
    cast(n_repeats as bigint) as repeats,
    cast(n_closed as bigint) as closed,
    cast(n_followed as bigint) as followed,
    cast(n_censored as bigint) as censored,
    cast(n_forwarded as bigint) as forwarded,
    safe_div(n_followed, n_closed) as rate,
    cast(wilson_low(n_followed, n_closed) as double) as low,
    cast(wilson_high(n_followed, n_closed) as double) as high,
    cast(n_censored > 0 as boolean) as is_provisional
from counts
