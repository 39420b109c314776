-- grain: one row per team, period and reason as it was written
-- key: team?, period_start, reason
-- side: outside
-- reads: int_contacts__attributed, cat_taxonomy, cat_reason_map, cat_code, raw_run
-- keep: table
-- by: period_start
-- why: What the reason codes are worth: with the code of the newest taxonomy, whether it says
--   nothing (other), and whether it was in the taxonomy that was in force when the period began.
--   Without a taxonomy every code is as good as another.
with contacts as (
    select team, period_start, coalesce(reason, '(none)') as reason, count(*) as n
    from int_contacts__attributed
    where is_in_window
    group by team, period_start, coalesce(reason, '(none)')
),
taxonomies as (
    select taxonomy, code, valid_from, valid_to
    from cat_taxonomy
),
moved as (
    select code, now_code
    from cat_reason_map
),
others as (
    select lower(code) as code
    from cat_code
    where meaning = 'other_reason'
),
run as (
    select grain
    from raw_run
),
final as ( -- run has one row; a code is once in a version, and one version is in force on the last day of a period
    select
        c.team, c.period_start, c.reason, coalesce(m.now_code, c.reason) as now_reason, c.n, t.taxonomy,
        lower(last_level(c.reason)) in (select code from others) as is_other,
        c.reason <> '(none)' and t.code is null and exists (select 1 from taxonomies) as is_unlisted
    from contacts as c
    cross join run
    left join moved as m on m.code = c.reason
    left join taxonomies as t
        on t.code = c.reason and add_days(next_period(c.period_start, run.grain), -1) >= t.valid_from
            and (t.valid_to is null or add_days(next_period(c.period_start, run.grain), -1) < t.valid_to)
)
select
    cast(team as varchar) as team,
    cast(reason as varchar) as reason,
    cast(now_reason as varchar) as now_reason,
    cast(taxonomy as integer) as taxonomy,
    cast(period_start as date) as period_start,
    cast(n as bigint) as n,
    cast(is_other as boolean) as is_other,
    cast(is_unlisted as boolean) as is_unlisted
from final
