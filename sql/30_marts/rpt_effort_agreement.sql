-- grain: one row per metric of stated effort with answers about observed contacts
-- key: metric
-- feature: O5
-- reads: int_efforts__paired
-- why: Whether what customers say of effort goes with what can be seen of it. Both are turned so
--   that more is more effort: agreement is a positive correlation. It is over answers, teams and
--   periods taken together.
-- columns:
--   metric varchar: metric of the catalogue
--   n bigint: answers that name a contact whose effort was observed
--   stated double: mean stated effort, 0 to 100
--   observed double: mean observed effort, 0 to 100
--   r double: Pearson's correlation; null where one side does not vary
--   low double: lower end of its 95 % interval (Fisher's z); null below four answers
--   high double: upper end of its 95 % interval
with sums as (
    select
        metric, count(*) as n, sum(stated) as sx, sum(observed) as sy, sum(exact(stated) * exact(stated)) as sxx,
        sum(exact(observed) * exact(observed)) as syy, sum(exact(stated) * exact(observed)) as sxy
    from int_efforts__paired
    group by metric
),
final as (
    select metric, n, sx, sy, correlation(n, sx, sy, sxx, syy, sxy) as r
    from sums
)
select
    cast(metric as varchar) as metric,
    cast(n as bigint) as n,
    moment_value(n, sx, 1000000000) as stated,
    moment_value(n, sy, 1000000000) as observed,
    cast(r as double) as r,
    cast(fisher_bound(-1, r, n) as double) as low,
    cast(fisher_bound(1, r, n) as double) as high
from final
