-- grain: one row per employee answer to one item
-- key: response, item
-- side: inside
-- reads: stg_answers, int_roster__spans, int_teams__followed, cat_item, cat_scoring,
--   raw_run
-- keep: table
-- edges: zero (a scale has two ends)
-- why: Every answer on one scale, 0 to 100 with more always better, in billionths; items that are
--   worded the other way are turned round. The lowest answer is 0, unless the catalogue says that a
--   score is the share of the highest one. The respondent is the person where the survey knows,
--   else the questionnaire, so that nobody counts twice in a period. A respondent counts for the
--   team that the survey names, else for the team of that civil day.
with answers as (
    select response, item, person, team, answered_at, value, n_rows
    from stg_answers
),
items as (
    select item, dimension, lo, hi, is_reversed
    from cat_item
),
scoring as (
    select is_zero_based
    from cat_scoring
),
run as (
    select grain, zone, from_on, to_on
    from raw_run
),
spans as (
    select person, team, valid_from, valid_to
    from int_roster__spans
),
followed as (
    select team, became
    from int_teams__followed
),
placed as ( -- run has one row
    select
        a.response, a.item, coalesce(a.person, a.response) as respondent, a.team,
        case when a.team is null then a.person end as asked_person, a.value, a.n_rows,
        local_day(a.answered_at, run.zone) as answered_on,
        period_of(a.answered_at, run.grain, run.zone) as period_start,
        run.from_on, run.to_on
    from answers as a
    cross join run
),
final as ( -- at most one span holds the day, one item has the id, and a team has one successor
    select
        p.response, p.item, p.respondent, i.dimension, coalesce(n.became, p.team, t.became, s.team) as team,
        p.answered_on,
        p.period_start, p.value, p.n_rows,
        100 * safe_div(
            case when i.is_reversed then i.hi - p.value else p.value - i.lo end
                + case when c.is_zero_based then 0 else i.lo end,
            i.hi - case when c.is_zero_based then i.lo else 0 end) as score,
        (p.from_on is null or p.answered_on >= p.from_on)
            and (p.to_on is null or p.answered_on < p.to_on) as is_in_window
    from placed as p
    cross join scoring as c
    left join spans as s
        on s.person = p.asked_person and p.answered_on >= s.valid_from and p.answered_on < s.valid_to
    left join followed as n on n.team = p.team
    left join followed as t on t.team = s.team
    left join items as i on i.item = p.item
)
select
    cast(response as varchar) as response,
    cast(item as varchar) as item,
    cast(respondent as varchar) as respondent,
    cast(dimension as varchar) as dimension,
    cast(team as varchar) as team,
    cast(answered_on as date) as answered_on,
    cast(period_start as date) as period_start,
    cast(value as double) as value,
    nano(score) as score,
    cast(n_rows as bigint) as n_rows,
    cast(is_in_window as boolean) as is_in_window
from final
