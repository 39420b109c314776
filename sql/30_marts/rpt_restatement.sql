-- grain: one row
-- key: none
-- feature: N25
-- reads: fct_restatement, raw_published
-- why: What has to be said to readers of the last report: how many of the numbers that they read are
--   others now. The last period that was published, which goes on filling, is counted apart.
-- columns:
--   is_compared boolean: something was published before
--   numbers bigint: published numbers of periods before the last one that read differently
--   gone bigint: of these, that are there no more
--   added bigint: of these, that were not there
--   redefined bigint: of these, that are defined or computed otherwise
--   last_period bigint: numbers of the last published period that read differently
--   headlines bigint: of the numbers, those of all teams together
--   earliest_on date: first civil date of the earliest period with one of the numbers; null if none
--   arrived bigint: largest number of rows that came in since behind one of the numbers; null if not known
with restated as (
    select relation, period_start, kind, is_redefined, rows_period, is_last_period
    from fct_restatement
),
published as (
    select generation
    from raw_published
),
counted as ( -- one row
    select
        count(*) filter (where not is_last_period) as n,
        count(*) filter (where kind = 'gone' and not is_last_period) as n_gone,
        count(*) filter (where kind = 'added' and not is_last_period) as n_added,
        count(*) filter (where is_redefined and not is_last_period) as n_redefined,
        count(*) filter (where is_last_period) as n_last,
        count(*) filter (where relation = 'rpt_metric_period' and not is_last_period) as n_headlines,
        min(period_start) filter (where not is_last_period) as earliest_on,
        max(rows_period) filter (where not is_last_period) as n_arrived
    from restated
),
before as ( -- one row
    select count(*) > 0 as is_compared
    from published
)
select
    cast(b.is_compared as boolean) as is_compared,
    cast(c.n as bigint) as numbers,
    cast(c.n_gone as bigint) as gone,
    cast(c.n_added as bigint) as added,
    cast(c.n_redefined as bigint) as redefined,
    cast(c.n_last as bigint) as last_period,
    cast(c.n_headlines as bigint) as headlines,
    cast(c.earliest_on as date) as earliest_on,
    cast(c.n_arrived as bigint) as arrived
from counted as c
cross join before as b
