-- grain: one row per item of a dimension with released cells of people who answered all its items
-- key: item
-- reads: rel_scale
-- feature: E12
-- edges: one (a released cell has the minimum of respondents)
-- why: Which item does not go with the others of its dimension, within teams as in rpt_scale.
-- columns:
--   dimension varchar: dimension that it adds to
--   item varchar: item of the instrument
--   version integer: version of the instrument
--   item_total double: correlation of the item with the sum of the other items, -1 to 1; null where
--     either does not vary
--   alpha_without double: alpha of the dimension without the item; null for fewer than three items
--   alpha double: alpha of the dimension with it
--   factor_share double: share of the variance of all items of the dimension that their centroid
--     factor carries, see rpt_scale
--   n_items bigint: items of the dimension
--   n bigint: respondents who answered every item, added up over periods
--   cells bigint: teams and periods that they come from
with cells as (
    select team, series, dimension, version, period_start, n_items, n, x1, x2, t1, t2, xt
    from rel_scale
),
items as (
    select
        series, dimension, max(version) as version, max(n_items) as k, sum(n) as n, count(*) as cells,
        sum(squares_about_mean(n, x1, x2) order by team asc nulls last, period_start asc nulls last) as xx,
        sum(squares_about_mean(n, t1, t2) order by team asc nulls last, period_start asc nulls last) as tt,
        sum(products_about_means(n, x1, t1, xt) order by team asc nulls last, period_start asc nulls last) as xt
    from cells
    group by series, dimension
),
final as (
    select
        series, dimension, version, k, n, cells, xx, tt, xt, tt - 2 * xt + xx as rest,
        sum(xx) over whole as sum_xx, sum(xt * xt) over whole as sum_xt2
    from items
    window whole as (
        partition by dimension order by series asc nulls last
        rows between unbounded preceding and unbounded following)
)
select
    cast(dimension as varchar) as dimension,
    cast(series as varchar) as item,
    cast(version as integer) as version,
    safe_div(xt - xx, sqrt(case when xx > 0 and rest > 0 then xx * rest end)) as item_total,
    case when k > 2 then safe_div(k - 1, k - 2) * (1 - safe_div(sum_xx - xx, rest)) end as alpha_without,
    case when k > 1 then safe_div(k, k - 1) * (1 - safe_div(sum_xx, tt)) end as alpha,
    case when k > 1 then safe_div(safe_div(sum_xt2, tt), sum_xx) end as factor_share,
    cast(k as bigint) as n_items,
    cast(n as bigint) as n,
    cast(cells as bigint) as cells
from final
