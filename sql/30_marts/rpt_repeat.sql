-- grain: one row, none without contacts
-- key: none
-- feature: O3
-- reads: int_repeats__counted, raw_run
-- why: Repeat contact over the whole window, contacts without a team included. See
--   fct_repeat_contact for what is counted.
-- columns:
--   repeat_key varchar: fields that make two contacts the same matter, parted by commas
--   repeat_days integer: window [civil days]
--   contacts bigint: contacts that began in the window of the analysis
--   without_key bigint: contacts that lack a field of the key
--   repeats bigint: contacts on the matter of one that began within the window before
--   closed bigint: contacts with a key that were not passed on and whose window is closed
--   followed bigint: of these, followed by another on the same matter within the window
--   censored bigint: contacts with a key that were not passed on and whose window reaches beyond the data
--   forwarded bigint: contacts with a key that were passed on: the next leg began within the transfer time
--   rate double: followed / closed, 0 to 1; null while no window is closed
--   low double: lower end of its 95 % Wilson interval
--   high double: upper end of its 95 % Wilson interval
with counts as (
    select n_contacts, n_without_key, n_repeats, n_closed, n_followed, n_censored, n_forwarded
    from int_repeats__counted
),
run as (
    select repeat_key, repeat_days
    from raw_run
),
sums as (
    select
        sum(n_contacts) as n_contacts, sum(n_without_key) as n_without_key, sum(n_repeats) as n_repeats,
        sum(n_closed) as n_closed, sum(n_followed) as n_followed, sum(n_censored) as n_censored,
        sum(n_forwarded) as n_forwarded
    from counts
)
select -- run has one row
    cast(run.repeat_key as varchar) as repeat_key,
    cast(run.repeat_days as integer) as repeat_days,
    cast(s.n_contacts as bigint) as contacts,
    cast(s.n_without_key as bigint) as without_key,
    cast(s.n_repeats as bigint) as repeats,
    cast(s.n_closed as bigint) as closed,
    cast(s.n_followed as bigint) as followed,
    cast(s.n_censored as bigint) as censored,
    cast(s.n_forwarded as bigint) as forwarded,
    safe_div(s.n_followed, s.n_closed) as rate,
    cast(wilson_low(s.n_followed, s.n_closed) as double) as low,
    cast(wilson_high(s.n_followed, s.n_closed) as double) as high
from sums as s
cross join run
where s.n_contacts is not null
