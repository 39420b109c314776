-- grain: one row per attribute, group, period and dimension or item
-- key: attribute, group_value, period_start, series
-- side: inside
-- reads: int_groups__respondents
-- why: What would be published of a group of employees across teams. The groups of an attribute add
--   up to a sum that is known from the teams, so the release step withholds none of a slice, or two
--   that together are large enough (column slice). A team is not named: the cell belongs to all.
select
    cast('' as varchar) as team,
    cast(attribute as varchar) as attribute,
    cast(group_value as varchar) as group_value,
    cast(series as varchar) as series,
    cast(dimension as varchar) as dimension,
    cast(kind as varchar) as kind,
    cast(version as integer) as version,
    cast(period_start as date) as period_start,
    cast(count(*) as bigint) as n,
    exact(sum(score)) as s1,
    exact(sum(exact(score) * exact(score))) as s2,
    cast(sum(n_answers) as bigint) as n_answers,
    cast(sum(n_favourable) as bigint) as n_favourable,
    cast(sum(n_unfavourable) as bigint) as n_unfavourable,
    cast('group ' || attribute as varchar) as slice,
    cast(false as boolean) as is_total,
    cast(false as boolean) as is_public
from int_groups__respondents
group by attribute, group_value, series, dimension, kind, version, period_start
