-- grain: one row per touchpoint and period with a change
-- key: touchpoint, period_start
-- feature: L9
-- reads: fct_three_way
-- why: A gain for one that is paid by another shows only when the three stand side by side.
-- columns:
--   touchpoint varchar: touchpoint
--   period_start date: first civil date of the period, business zone
--   customer_better bigint: customers' series that became better
--   customer_worse bigint: customers' series that became worse
--   company_better bigint: the company's series that became better
--   company_worse bigint: the company's series that became worse
--   employee_better bigint: employees' series that became better
--   employee_worse bigint: employees' series that became worse
--   is_trade_off boolean: one of the three has a gain and another a loss
--   is_three_way_win boolean: all three have a gain and none a loss
with verdicts as (
    select touchpoint, period_start, perspective, verdict
    from fct_three_way
    where verdict is not null
),
counts as (
    select
        touchpoint, period_start,
        count(*) filter (where perspective = 'customer' and verdict = 'better') as cub,
        count(*) filter (where perspective = 'customer' and verdict = 'worse') as cuw,
        count(*) filter (where perspective = 'company' and verdict = 'better') as cob,
        count(*) filter (where perspective = 'company' and verdict = 'worse') as cow,
        count(*) filter (where perspective = 'employee' and verdict = 'better') as emb,
        count(*) filter (where perspective = 'employee' and verdict = 'worse') as emw
    from verdicts
    group by touchpoint, period_start
)
select
    cast(touchpoint as varchar) as touchpoint,
    cast(period_start as date) as period_start,
    cast(cub as bigint) as customer_better,
    cast(cuw as bigint) as customer_worse,
    cast(cob as bigint) as company_better,
    cast(cow as bigint) as company_worse,
    cast(emb as bigint) as employee_better,
    cast(emw as bigint) as employee_worse,
    cast(cub > 0 and cow + emw > 0 or cob > 0 and cuw + emw > 0 or emb > 0 and cuw
        + cow > 0 as boolean) as is_trade_off,
    cast(cub > 0 and cob > 0 and emb > 0 and cuw + cow + emw = 0 as boolean) as is_three_way_win
from counts
