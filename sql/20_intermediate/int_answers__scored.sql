-- grain: one row per employee answer to one item
-- key: response, item
-- side: inside
-- reads: int_answers__placed, raw_held
-- keep: table
-- why: Every answer, and whether it counts (is_in_window): it lies in the window and is not held
--   back. An answer that came when its team was told already is held back until as many have come as
--   may be told of at once, because two publications that differ by one person give that person away.
with answers as (
    select
        response, item, respondent, dimension, team, answered_on, period_start, value, score, n_rows, is_in_window
    from int_answers__placed
),
held as (
    select response, item
    from raw_held
)
select -- at most one row of held
    cast(a.response as varchar) as response,
    cast(a.item as varchar) as item,
    cast(a.respondent as varchar) as respondent,
    cast(a.dimension as varchar) as dimension,
    cast(a.team as varchar) as team,
    cast(a.answered_on as date) as answered_on,
    cast(a.period_start as date) as period_start,
    cast(a.value as double) as value,
    cast(a.score as bigint) as score,
    cast(a.n_rows as bigint) as n_rows,
    cast(a.is_in_window and h.response is null as boolean) as is_in_window
from answers as a
left join held as h on h.response = a.response and h.item = a.item
