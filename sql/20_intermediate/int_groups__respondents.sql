-- grain: one row per respondent, team, period, attribute and dimension or item
-- key: respondent, team, period_start, attribute, series
-- side: inside
-- reads: int_scores__respondents, int_respondents__grouped, rel_dimension, rel_item
-- keep: table
-- why: Scores by what employees are told apart by, over the teams whose own number is released: a
--   group that held the people of a withheld team would give the team away to whoever takes the
--   other teams from it. Somebody who was in two teams in a period counts for both, as in the
--   numbers of the teams: counted once, he would be the difference between teams and groups.
with scores as (
    select
        respondent, team, series, dimension, kind, version, period_start, score, n_answers, n_favourable,
        n_unfavourable
    from int_scores__respondents
),
released as (
    select team, series, period_start
    from rel_dimension
    union all
    select team, series, period_start
    from rel_item
),
groups as (
    select respondent, attribute, group_value, period_start
    from int_respondents__grouped
)
select -- at most one row of released, one of groups an attribute
    cast(s.respondent as varchar) as respondent,
    cast(s.team as varchar) as team,
    cast(g.attribute as varchar) as attribute,
    cast(g.group_value as varchar) as group_value,
    cast(s.series as varchar) as series,
    cast(s.dimension as varchar) as dimension,
    cast(s.kind as varchar) as kind,
    cast(s.version as integer) as version,
    cast(s.period_start as date) as period_start,
    cast(s.score as bigint) as score,
    cast(s.n_answers as bigint) as n_answers,
    cast(s.n_favourable as bigint) as n_favourable,
    cast(s.n_unfavourable as bigint) as n_unfavourable
from scores as s
inner join released as r on r.team = s.team and r.series = s.series and r.period_start = s.period_start
inner join groups as g on g.respondent = s.respondent and g.period_start = s.period_start
