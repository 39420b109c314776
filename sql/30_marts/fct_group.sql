-- grain: one row per attribute, group, period and dimension or item
-- key: attribute, group_value, period_start, series
-- reads: rel_group
-- feature: E5
-- edges: alike (what all agree on is withheld)
-- why: Scores by department, level, length of service, location and whatever the catalogue names,
--   over the teams whose own number is released. Where one group of a slice had to be withheld, the
--   next smallest is withheld with it, so that none can be found by subtraction. The spread is
--   pooled over the released groups of the attribute.
-- columns:
--   attribute varchar: what employees are told apart by
--   group_value varchar: group; "not said" holds those of whom it is not known
--   series varchar: dimension or item
--   kind varchar: dimension or facet
--   version integer: version of the instrument
--   period_start date: first civil date of the period, business zone
--   score double: mean over respondents, 0 to 100
--   se double: standard error of score; null if no group has two respondents
--   favourable_share double: favourable answers, 0 to 1; null where the catalogue has no map for the
--     scale
--   n bigint: respondents
with cells as (
    select
        attribute, group_value, series, kind, version, period_start, n, s1, s2, n_answers, n_favourable
    from rel_group
),
spreads as (
    select
        attribute, series,
        safe_div(
            sum(squares_about_mean(n, s1, s2) order by group_value asc nulls last, period_start asc nulls last),
            sum(n - 1)) as variance
    from cells
    group by attribute, series
)
select
    cast(c.attribute as varchar) as attribute,
    cast(c.group_value as varchar) as group_value,
    cast(c.series as varchar) as series,
    cast(c.kind as varchar) as kind,
    cast(c.version as integer) as version,
    cast(c.period_start as date) as period_start,
    safe_div(c.s1, c.n) * 0.000000001 as score,
    sqrt(safe_div(s.variance, c.n)) * 0.000000001 as se,
    safe_div(c.n_favourable, c.n_answers) as favourable_share,
    cast(c.n as bigint) as n
from cells as c
inner join spreads as s on s.attribute = c.attribute and s.series = c.series
