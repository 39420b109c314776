-- grain: one row per respondent, period, attribute and dimension or item
-- key: respondent, period_start, attribute, series
-- side: inside
-- reads: int_scores__respondents, int_respondents__grouped
-- why: Scores by what employees are told apart by, over the teams whose own number may be released.
--   Somebody who was in two teams in a period counts once, with the mean of both.
with scores as (
    select
        respondent, series, dimension, kind, version, period_start, score, n_answers, n_favourable, n_unfavourable
    from int_scores__respondents
    where is_open
),
groups as (
    select respondent, attribute, group_value, period_start
    from int_respondents__grouped
),
people as (
    select
        respondent, series, dimension, kind, version, period_start, safe_div(sum(score), count(*)) as score,
        sum(n_answers) as n_answers, sum(n_favourable) as n_favourable, sum(n_unfavourable) as n_unfavourable
    from scores
    group by respondent, series, dimension, kind, version, period_start
)
select -- one row an attribute
    cast(p.respondent as varchar) as respondent,
    cast(g.attribute as varchar) as attribute,
    cast(g.group_value as varchar) as group_value,
    cast(p.series as varchar) as series,
    cast(p.dimension as varchar) as dimension,
    cast(p.kind as varchar) as kind,
    cast(p.version as integer) as version,
    cast(p.period_start as date) as period_start,
    cast(round(p.score) as bigint) as score,
    cast(p.n_answers as bigint) as n_answers,
    cast(p.n_favourable as bigint) as n_favourable,
    cast(p.n_unfavourable as bigint) as n_unfavourable
from people as p
inner join groups as g on g.respondent = p.respondent and g.period_start = p.period_start
