-- grain: one row per respondent, team, period and dimension or item
-- key: respondent, team, period_start, series
-- side: inside
-- reads: int_dimensions__respondents, int_items__respondents, cat_dimension, cat_item,
--   cat_favourable, raw_run
-- keep: table
-- why: Dimensions and items in one shape, with the answers that are favourable and unfavourable.
--   The answers to a dimension are those to its items. An item whose scale has no map of favourable
--   answers is not judged. is_open says that the team has enough respondents for its own number to
--   be released: only these count in groups across teams, because a group that held the people of a
--   withheld team would give the team away to whoever takes the other teams from it.
with items as (
    select respondent, team, item, dimension, period_start, score
    from int_items__respondents
),
dimensions as (
    select respondent, team, dimension, period_start, score
    from int_dimensions__respondents
),
dimension_versions as (
    select dimension, version
    from cat_dimension
),
item_versions as (
    select item, version
    from cat_item
),
maps as (
    select item, nano(favourable_from) as favourable_from, nano(unfavourable_to) as unfavourable_to
    from cat_favourable
),
run as (
    select min_group
    from raw_run
),
judged as ( -- at most one map
    select
        i.respondent, i.team, i.item, i.dimension, v.version, i.period_start, i.score,
        case when m.item is null then 0 else 1 end as n_answers,
        case when i.score >= m.favourable_from then 1 else 0 end as n_favourable,
        case when i.score <= m.unfavourable_to then 1 else 0 end as n_unfavourable
    from items as i
    inner join item_versions as v on v.item = i.item
    left join maps as m on m.item = i.item
),
added as (
    select
        respondent, team, dimension, period_start, sum(n_answers) as n_answers, sum(n_favourable) as n_favourable,
        sum(n_unfavourable) as n_unfavourable
    from judged
    group by respondent, team, dimension, period_start
),
scores as (
    select
        d.respondent, d.team, d.dimension as series, d.dimension, 'dimension' as kind, v.version, d.period_start,
        d.score, a.n_answers, a.n_favourable, a.n_unfavourable
    from dimensions as d
    inner join dimension_versions as v on v.dimension = d.dimension
    inner join added as a
        on a.respondent = d.respondent and a.team = d.team and a.dimension = d.dimension
            and a.period_start = d.period_start
    union all
    select
        respondent, team, item, dimension, 'facet', version, period_start, score, n_answers, n_favourable,
        n_unfavourable
    from judged
),
teams as (
    select team, series, period_start, count(*) as n
    from scores
    group by team, series, period_start
)
select -- run has one row
    cast(s.respondent as varchar) as respondent,
    cast(s.team as varchar) as team,
    cast(s.series as varchar) as series,
    cast(s.dimension as varchar) as dimension,
    cast(s.kind as varchar) as kind,
    cast(s.version as integer) as version,
    cast(s.period_start as date) as period_start,
    cast(s.score as bigint) as score,
    cast(s.n_answers as bigint) as n_answers,
    cast(s.n_favourable as bigint) as n_favourable,
    cast(s.n_unfavourable as bigint) as n_unfavourable,
    cast(t.n >= run.min_group as boolean) as is_open
from scores as s
inner join teams as t on t.team = s.team and t.series = s.series and t.period_start = s.period_start
cross join run
