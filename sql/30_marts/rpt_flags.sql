-- grain: one row per kind of oddity that was met
-- key: code
-- reads: int_contacts__attributed, int_contacts__counted, int_repeats__counted,
--   int_feedback__counted, raw_run
-- why: What a reader must know before believing a number: kept, counted and said, not repaired in
--   silence.
-- columns:
--   code varchar: closed_before_opened, contacts_without_start, contacts_without_team,
--     contacts_unclassified, windows_open, feedback_without_team, feedback_duplicated,
--     feedback_outside_window, contacts_outside_window or partial_period
--   n bigint: rows concerned; periods for partial_period
with contacts as (
    select started_on, is_without_start, is_closed_before_opened, is_in_window, team
    from int_contacts__attributed
),
reasons as (
    select n_unknown
    from int_contacts__counted
),
repeats as (
    select n_censored
    from int_repeats__counted
),
feedback as (
    select team, period_start, first_on, last_on, n, n_rows
    from int_feedback__counted
),
run as (
    select grain
    from raw_run
),
edges as ( -- one row: the first and the last civil day of the window with a customer's row
    select min(first_on) as first_on, max(last_on) as last_on
    from (
        select min(started_on) as first_on, max(started_on) as last_on
        from contacts
        where is_in_window
        union all
        select min(first_on), max(last_on)
        from feedback
        where period_start is not null
    ) as sides
),
framed as ( -- run and edges have one row each
    select
        e.first_on, e.last_on, run.grain,
        cast(date_trunc(run.grain, e.first_on) as date) as first_start,
        cast(date_trunc(run.grain, e.last_on) as date) as last_start
    from edges as e
    cross join run
),
partial as ( -- one row
    select
        case when first_on > first_start then 1 else 0 end
            + case when add_days(last_on, 1) < next_period(last_start, grain) then 1 else 0 end as n
    from framed
),
found as (
    select
        'closed_before_opened' as code, count(*) filter (where is_closed_before_opened and is_in_window) as n
    from contacts
    union all
    select 'contacts_without_start', count(*) filter (where is_without_start and is_in_window) from contacts
    union all
    select 'contacts_without_team', count(*) filter (where team is null and is_in_window) from contacts
    union all
    select 'contacts_outside_window', count(*) filter (where not is_in_window) from contacts
    union all
    select 'contacts_unclassified', coalesce(sum(n_unknown), 0) from reasons
    union all
    select 'windows_open', coalesce(sum(n_censored), 0) from repeats
    union all
    select 'feedback_without_team', coalesce(sum(n) filter (where team is null and period_start is not null), 0)
    from feedback
    union all
    select 'feedback_outside_window', coalesce(sum(n) filter (where period_start is null), 0) from feedback
    union all
    select 'feedback_duplicated', coalesce(sum(n_rows - n), 0) from feedback
    union all
    select 'partial_period', coalesce(max(n), 0) from partial
)
select
    cast(code as varchar) as code,
    cast(n as bigint) as n
from found
where n > 0
