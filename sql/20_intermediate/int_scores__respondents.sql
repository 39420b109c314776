-- grain: one row per respondent, team, period and dimension or item
-- key: respondent, team, period_start, series
-- side: inside
-- reads: int_dimensions__respondents, int_items__respondents, int_dimensions__patterns,
--   cat_dimension, cat_item, cat_favourable
-- keep: table
-- why: Dimensions and items in one shape, with the answers that are favourable and unfavourable.
--   The answers to a dimension are those to its items; items are those of the respondents who answered
--   as most of the team did. An item whose scale has no map of favourable answers is not judged.
with items as (
    select respondent, team, item, dimension, period_start, score
    from int_items__respondents
),
dimensions as (
    select respondent, team, dimension, period_start, score
    from int_dimensions__respondents
),
patterns as (
    select respondent, team, dimension, period_start
    from int_dimensions__patterns
    where is_common
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
        j.respondent, j.team, j.item, j.dimension, 'facet', j.version, j.period_start, j.score, j.n_answers,
        j.n_favourable, j.n_unfavourable
    from judged as j
    inner join patterns as p
        on p.respondent = j.respondent and p.team = j.team and p.dimension = j.dimension
            and p.period_start = j.period_start
)
select
    cast(respondent as varchar) as respondent,
    cast(team as varchar) as team,
    cast(series as varchar) as series,
    cast(dimension as varchar) as dimension,
    cast(kind as varchar) as kind,
    cast(version as integer) as version,
    cast(period_start as date) as period_start,
    cast(score as bigint) as score,
    cast(n_answers as bigint) as n_answers,
    cast(n_favourable as bigint) as n_favourable,
    cast(n_unfavourable as bigint) as n_unfavourable
from scores
