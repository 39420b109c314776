-- grain: one row per dimension with released cells of people who answered all of its items
-- key: dimension
-- reads: rpt_scale_item
-- feature: E12
-- why: Whether the items of a dimension hang together: Cronbach's alpha within teams. Answers are
--   taken about the mean of their team and period first, because differences between teams would
--   pass for agreement between items. With one item it says nothing and is null; more items raise
--   it by themselves. A high alpha does not say that one thing is measured: the single-factor check
--   is the share of the items' variance that one common factor carries, by Thurstone's centroid: sum
--   of the items' squared covariances with their sum / (variance of the sum x sum of the items'
--   variances). The first principal component carries at least as much.
-- columns:
--   dimension varchar: dimension of the instrument
--   version integer: version of the instrument
--   alpha double: k / (k - 1) x (1 - sum of the items' variances / variance of their sum); null for
--     one item, or if everybody in a team answered alike
--   factor_share double: share of the items' variance that their centroid factor carries, 1 / k to 1
--     for items that go together; null as alpha is
--   n_items bigint: items, k
--   n bigint: respondents who answered every item, added up over periods
--   cells bigint: teams and periods that they come from
select
    cast(dimension as varchar) as dimension,
    cast(max(version) as integer) as version,
    cast(max(alpha) as double) as alpha,
    cast(max(factor_share) as double) as factor_share,
    cast(max(n_items) as bigint) as n_items,
    cast(max(n) as bigint) as n,
    cast(max(cells) as bigint) as cells
from rpt_scale_item
group by dimension
