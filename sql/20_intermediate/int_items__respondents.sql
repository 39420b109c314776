-- grain: one row per respondent, team, period and item
-- key: respondent, team, period_start, item
-- side: inside
-- reads: int_answers__scored
-- edges: zero (a mean over answers that are there)
-- why: Somebody who answers twice in a period counts once, with the mean of both.
with answers as (
    select respondent, team, period_start, item, dimension, score
    from int_answers__scored
    where is_in_window and team is not null and dimension is not null
)
select
    cast(respondent as varchar) as respondent,
    cast(team as varchar) as team,
    cast(item as varchar) as item,
    cast(dimension as varchar) as dimension,
    cast(period_start as date) as period_start,
    cast(round(safe_div(sum(score), count(*))) as bigint) as score
from answers
group by respondent, team, item, dimension, period_start
