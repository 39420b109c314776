-- grain: one row per item with released cells and step of its scale
-- key: item, step
-- feature: E2
-- reads: rel_item_step, cat_step, raw_run
-- edges: zero (a released cell has answers)
-- why: How the answers lie on the scale, for the whole organisation, from released cells only.
--   Steps that nobody chose are there with 0. What one team said alone, or fewer than twice the
--   minimum, is not told in steps: it would be what each of a few people said.
-- columns:
--   item varchar: item of the instrument
--   step integer: answer, as it was given (not turned round)
--   share double: share of answers, 0 to 1
with chosen as (
    select team, series, step, n_chosen
    from rel_item_step
),
steps as (
    select item, step
    from cat_step
),
run as (
    select min_group
    from raw_run
),
totals as (
    select c.series, sum(c.n_chosen) as n
    from chosen as c
    cross join run
    group by c.series, run.min_group
    having count(distinct c.team) > 1 and sum(c.n_chosen) >= 2 * run.min_group
),
counts as (
    select series, step, sum(n_chosen) as n_chosen
    from chosen
    group by series, step
)
select
    cast(s.item as varchar) as item,
    cast(s.step as integer) as step,
    safe_div(coalesce(c.n_chosen, 0), t.n) as share
from steps as s
inner join totals as t on t.series = s.item
left join counts as c on c.series = s.item and c.step = s.step
