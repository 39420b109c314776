-- grain: one row per respondent, team, period and dimension
-- key: respondent, team, period_start, dimension
-- side: inside
-- reads: int_items__respondents, cat_scoring
-- edges: zero (a mean over answers that are there)
-- why: A respondent's score is the mean of the items of the dimension, if as many of those that
--   were asked in the period are answered as the catalogue wants, a half where it says nothing; with
--   fewer it is missing. Items that nobody was
--   asked do not count as skipped.
with scores as (
    select respondent, team, item, dimension, period_start, score
    from int_items__respondents
),
asked as (
    select dimension, period_start, count(distinct item) as n_asked
    from scores
    group by dimension, period_start
),
scoring as (
    select answered_share
    from cat_scoring
),
means as (
    select
        respondent, team, dimension, period_start, count(*) as n_answered, safe_div(sum(score), count(*)) as score
    from scores
    group by respondent, team, dimension, period_start
)
select -- scoring has one row
    cast(m.respondent as varchar) as respondent,
    cast(m.team as varchar) as team,
    cast(m.dimension as varchar) as dimension,
    cast(m.period_start as date) as period_start,
    cast(round(m.score) as bigint) as score
from means as m
inner join asked as a on a.dimension = m.dimension and a.period_start = m.period_start
cross join scoring as s
where m.n_answered >= s.answered_share * a.n_asked
