-- grain: one row per team and period
-- key: team, period_start
-- feature: O6
-- reads: int_visits__counted
-- by: period_start
-- why: Whether questions get settled at the first contact. Legs of one contact are not repeats of
--   it. The rate is of first contacts whose window is closed and whose outcome was written down; the
--   others are counted beside it, so that a period with open windows is seen to be provisional. The
--   team is that of the last leg.
-- columns:
--   team varchar: team that took the last leg
--   period_start date: first civil date of the period in which the contact began, business zone
--   visits bigint: contacts, legs taken together
--   transferred bigint: of these, with more than one leg
--   returns bigint: visits on a matter whose visit before began within the window
--   reopened bigint: visits with a contact that was closed at two different times
--   without_key bigint: visits that lack a field of the key of a matter
--   first_contacts bigint: visits with a key that are no returns
--   censored bigint: of these, with a window that reaches beyond the data
--   without_outcome bigint: of those with a closed window, without an outcome
--   closed bigint: first contacts with a closed window and an outcome
--   resolved bigint: of these, resolved by their outcome, not returned to and not opened again
--   rate double: resolved / closed, 0 to 1; null while there are none
--   low double: lower end of its 95 % Wilson interval
--   high double: upper end of its 95 % Wilson interval
--   is_provisional boolean: some windows are still open
with counts as (
    select
        team, period_start, n_visits, n_transferred, n_returns, n_reopened, n_without_key, n_first, n_censored,
            n_without_outcome,
        n_closed, n_resolved
    from int_visits__counted
    where team is not null
)
select
    cast(team as varchar) as team,
    cast(period_start as date) as period_start,
    cast(n_visits as bigint) as visits,
    cast(n_transferred as bigint) as transferred,
    cast(n_returns as bigint) as returns,
    cast(n_reopened as bigint) as reopened,
    cast(n_without_key as bigint) as without_key,
    cast(n_first as bigint) as first_contacts,
    cast(n_censored as bigint) as censored,
    cast(n_without_outcome as bigint) as without_outcome,
    cast(n_closed as bigint) as closed,
    cast(n_resolved as bigint) as resolved,
    safe_div(n_resolved, n_closed) as rate,
    cast(wilson_low(n_resolved, n_closed) as double) as low,
    cast(wilson_high(n_resolved, n_closed) as double) as high,
    cast(n_censored > 0 as boolean) as is_provisional
from counts
