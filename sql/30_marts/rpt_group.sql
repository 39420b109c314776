-- grain: one row per attribute, group and dimension or item with released cells
-- key: attribute, group_value, series
-- reads: rel_group
-- feature: E5
-- edges: alike (what all agree on is withheld)
-- why: A group over the whole window, from its released periods only. Answers in different periods
--   are taken as those of the same people, as in rpt_dimension; the spread is pooled over the
--   released groups of the attribute.
-- columns:
--   attribute varchar: what employees are told apart by
--   group_value varchar: group; "not said" holds those of whom it is not known
--   series varchar: dimension or item
--   kind varchar: dimension or facet
--   version integer: version of the instrument
--   score double: mean over respondents and periods, 0 to 100
--   low double: lower end of its 95 % interval; null if no group has two respondents
--   high double: upper end
--   favourable_share double: favourable answers, 0 to 1; null where the catalogue has no map for the
--     scale
--   n bigint: respondents, added up over periods
--   periods bigint: periods with a released cell
with cells as (
    select
        attribute, group_value, series, kind, version, period_start, n, s1, s2, n_answers, n_favourable
    from rel_group
),
spreads as (
    select
        attribute, series, sum(n - 1) as df,
        safe_div(
            sum(squares_about_mean(n, s1, s2) order by group_value asc nulls last, period_start asc nulls last),
            sum(n - 1)) as variance
    from cells
    group by attribute, series
),
groups as (
    select
        attribute, group_value, series, max(kind) as kind, max(version) as version, count(*) as periods,
        sum(n) as n, sum(s1) as s1, sum(n_answers) as n_answers, sum(n_favourable) as n_favourable,
        sum(sqrt(cast(n as double)) order by period_start asc nulls last) as root_n
    from cells
    group by attribute, group_value, series
),
final as (
    select
        g.attribute, g.group_value, g.series, g.kind, g.version, g.periods, g.n, g.n_answers, g.n_favourable, s.df,
        safe_div(g.s1, g.n) * 0.000000001 as score,
        safe_div(sqrt(s.variance) * g.root_n, g.n) * 0.000000001 as se
    from groups as g
    inner join spreads as s on s.attribute = g.attribute and s.series = g.series
)
select
    cast(attribute as varchar) as attribute,
    cast(group_value as varchar) as group_value,
    cast(series as varchar) as series,
    cast(kind as varchar) as kind,
    cast(version as integer) as version,
    cast(score as double) as score,
    cast(case when se is not null then greatest(0.0, score - t975(df) * se) end as double) as low,
    cast(case when se is not null then least(100.0, score + t975(df) * se) end as double) as high,
    safe_div(n_favourable, n_answers) as favourable_share,
    cast(n as bigint) as n,
    cast(periods as bigint) as periods
from final
