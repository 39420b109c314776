-- grain: one row per attribute, period and dimension or item
-- key: attribute, period_start, series
-- side: inside
-- reads: int_groups__respondents
-- why: The total of a slice of cell_group. The release step publishes it only if no group of the
--   slice is withheld, or at least two whose respondents together reach the minimum (column
--   is_total): a total beside all groups but one would be that group.
select
    cast('' as varchar) as team,
    cast(attribute as varchar) as attribute,
    cast(series as varchar) as series,
    cast(kind as varchar) as kind,
    cast(version as integer) as version,
    cast(period_start as date) as period_start,
    cast(count(*) as bigint) as n,
    cast(count(distinct group_value) as bigint) as n_groups,
    exact(sum(score)) as s1,
    exact(sum(exact(score) * exact(score))) as s2,
    cast('group ' || attribute as varchar) as slice,
    cast(true as boolean) as is_total,
    cast(false as boolean) as is_public
from int_groups__respondents
group by attribute, series, kind, version, period_start
