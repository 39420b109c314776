-- grain: one row per dimension and metric laid beside it
-- key: dimension, metric
-- reads: fct_proxy
-- feature: E4
-- why: Whether what is said and what is counted go together. Between teams both may differ for many
--   reasons; within teams the comparison is of a team with itself. A description, not a test: the
--   findings hold the tests.
-- columns:
--   dimension varchar: dimension of the instrument
--   metric varchar: metric of the catalogue
--   correlation double: over all teams and periods, -1 to 1; null where either does not vary
--   within_correlation double: of the distances from each team's own means
--   within_low double: lower end of its 95 % interval (Fisher's z); null with fewer than three
--     cells more than teams
--   within_high double: upper end
--   cells bigint: teams and periods with both
--   teams bigint: teams with both
with pairs as (
    select team, dimension, metric, period_start, exact(micro(score)) as x, exact(micro(value)) as y
    from fct_proxy
),
teams as (
    select
        dimension, metric, team, count(*) as n, sum(x) as x1, sum(y) as y1, sum(x * x) as x2, sum(y * y) as y2,
        sum(x * y) as xy
    from pairs
    group by dimension, metric, team
),
totals as (
    select
        dimension, metric, sum(n) as n, count(*) as teams,
        squares_about_mean(sum(n), sum(x1), sum(x2)) as xx,
        squares_about_mean(sum(n), sum(y1), sum(y2)) as yy,
        products_about_means(sum(n), sum(x1), sum(y1), sum(xy)) as xy,
        sum(squares_about_mean(n, x1, x2) order by team asc nulls last) as within_xx,
        sum(squares_about_mean(n, y1, y2) order by team asc nulls last) as within_yy,
        sum(products_about_means(n, x1, y1, xy) order by team asc nulls last) as within_xy
    from teams
    group by dimension, metric
),
final as (
    select
        dimension, metric, n, teams,
        safe_div(xy, sqrt(xx) * sqrt(yy)) as r,
        safe_div(within_xy, sqrt(within_xx) * sqrt(within_yy)) as within_r
    from totals
),
transformed as (
    select
        dimension, metric, n, teams, r, within_r,
        case when n - teams > 2 and abs(within_r) < 1
            then 0.5 * ln(safe_div(1 + within_r, 1 - within_r)) end as z,
        case when n - teams > 2 then safe_div(1.959963984540054, sqrt(cast(n - teams - 2 as double))) end as half
    from final
)
select
    cast(dimension as varchar) as dimension,
    cast(metric as varchar) as metric,
    cast(r as double) as correlation,
    cast(within_r as double) as within_correlation,
    safe_div(exp(2 * (z - half)) - 1, exp(2 * (z - half)) + 1) as within_low,
    safe_div(exp(2 * (z + half)) - 1, exp(2 * (z + half)) + 1) as within_high,
    cast(n as bigint) as cells,
    cast(teams as bigint) as teams
from transformed
