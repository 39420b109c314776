-- grain: one row per dataset, series, team and period that rows touch which came in since the last
--   publication
-- key: dataset, series, team?, period_start
-- side: outside
-- reads: stg_arrivals, int_contacts__attributed, int_feedback__attributed, int_behaviours__placed,
--   raw_run
-- keep: table
-- why: A row touches the team and period that its contact, answer, act or measure counts for now. By
--   way of a repeat a contact also touches the contacts on the same matter within the window about
--   it: these are counted apart, under matters. What a row left behind by moving is not known.
with arrivals as (
    select dataset, fact, series, fact_at, n_rows
    from stg_arrivals
),
run as (
    select grain, zone, repeat_days
    from raw_run
),
contacts as (
    select contact_id, team, period_start, started_on, matter, is_in_window
    from int_contacts__attributed
),
feedback as (
    select feedback_id, metric, team, period_start
    from int_feedback__attributed
    where is_in_window
),
acts as (
    select behaviour_id, team, period_start
    from int_behaviours__placed
    where is_in_window
),
came as ( -- contacts of which something came
    select c.contact_id, c.team, c.period_start, c.started_on, c.matter, c.is_in_window, a.n_rows
    from arrivals as a
    inner join contacts as c on a.dataset = 'contacts' and c.contact_id = a.fact
),
near as ( -- run has one row
    select distinct came.contact_id, came.n_rows, c.team, c.period_start
    from came
    cross join run
    inner join contacts as c
        on c.matter = came.matter and c.is_in_window
            and abs(days_between(c.started_on, came.started_on)) <= run.repeat_days
),
placed as (
    select 'contacts' as dataset, '' as series, team, period_start, n_rows
    from came
    where is_in_window
    union all
    select 'matters', '', team, period_start, n_rows
    from near
    union all
    select a.dataset, a.series, f.team, f.period_start, a.n_rows
    from arrivals as a
    inner join feedback as f on a.dataset = 'feedback' and f.feedback_id = a.fact and f.metric = a.series
    union all
    select a.dataset, a.series, b.team, b.period_start, a.n_rows
    from arrivals as a
    inner join acts as b on a.dataset = 'behaviours' and b.behaviour_id = a.fact
    union all
    select a.dataset, a.series, a.fact, period_of(a.fact_at, run.grain, run.zone), a.n_rows
    from arrivals as a
    cross join run
    where a.dataset = 'measures'
)
select
    cast(dataset as varchar) as dataset,
    cast(series as varchar) as series,
    cast(team as varchar) as team,
    cast(period_start as date) as period_start,
    cast(sum(n_rows) as bigint) as n_rows
from placed
where period_start is not null
group by dataset, series, team, period_start
