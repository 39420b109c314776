-- grain: one row per number about customers that was published and reads differently now
-- key: relation, team, period_start, series, part
-- feature: N25
-- reads: raw_published, was_dim_run, was_dim_metric, was_rpt_metric_period, was_fct_customer_metric,
--   was_fct_failure_demand, was_fct_demand_channel, was_fct_repeat_contact,
--   was_fct_first_contact_resolution, was_fct_loyalty, was_fct_moment, dim_run, rpt_metric_period,
--   fct_customer_metric, fct_failure_demand, fct_demand_channel, fct_repeat_contact,
--   fct_first_contact_resolution, fct_loyalty, fct_moment, int_arrivals__placed, cat_metric, cat_part
-- why: Late and corrected rows change numbers that somebody has read. This generation is compared
--   with the one that was published when it was made, so this table, and it alone, depends on that
--   one too. A period that is merely new has no row; neither have periods of another length or
--   zone. Employees' numbers are not compared: two scores and two counts of one group would give
--   away the answers between them.
-- columns:
--   relation varchar: table that holds the number
--   team varchar: team, or unit of a measure; (all) in rpt_metric_period
--   series varchar: metric of the catalogue, or what the relation's rate is of
--   part varchar: reason, channel, touchpoint or moment that the number is of; empty where it is of all
--   period_start date: first civil date of the period, business zone
--   kind varchar: changed; gone (it is there no more); added (it was not there, and numbers of later
--     periods were)
--   value_before double: as published, unit of the series; null if added
--   value_after double: now; null if gone
--   change double: value_after - value_before; null if either is not there
--   n_before bigint: answers or cases behind value_before; null if not known
--   n_after bigint: answers or cases behind value_after; null if not known
--   version_before integer: revision of the definition as published; null where the relation has none
--   version_after integer: revision of the definition now
--   is_redefined boolean: another revision of the definition, another key or window of repeats, other
--     bounds of the analysis, or other definitions or relations as a whole: rows need not be the reason
--   rows_team bigint: rows came in since that count for this team and period and that the number is
--     made of; null if not known, because files of the lake were rewritten since
--   rows_period bigint: the same of all teams; a row that moved is counted where it counts now
--   is_last_period boolean: the last period that was published, which may not have been over
--   generation_before varchar: generation that is compared with
with published as (
    select generation, is_counted
    from raw_published
),
runs as (
    select grain, zone, from_on, to_on, repeat_key, repeat_days, catalog_hash, sql_hash
    from dim_run
),
runs_before as (
    select grain, zone, from_on, to_on, repeat_key, repeat_days, catalog_hash, sql_hash
    from was_dim_run
),
compared as ( -- one row, or none where there is nothing to compare with
    select
        p.generation, p.is_counted,
        a.from_on is distinct from b.from_on or a.to_on is distinct from b.to_on
            or a.repeat_key is distinct from b.repeat_key or a.repeat_days is distinct from b.repeat_days
            or a.catalog_hash is distinct from b.catalog_hash or a.sql_hash is distinct from b.sql_hash as is_redefined
    from published as p
    cross join runs as a
    inner join runs_before as b on b.grain = a.grain and b.zone = a.zone
),
metrics as ( -- those made of nothing that is released about employees
    select metric, version, kind, measure, numerator, denominator
    from cat_metric
    where side = 'outside' and not is_from_released
),
metrics_before as (
    select metric, version
    from was_dim_metric
),
numbers as (
    select
        'rpt_metric_period' as relation, '(all)' as team, p.metric as series, '' as part, p.period_start, m.version,
        p.value, p.n
    from rpt_metric_period as p
    inner join metrics as m on m.metric = p.metric
    union all
    select 'fct_customer_metric', p.team, p.metric, '', p.period_start, p.version, p.value, p.n
    from fct_customer_metric as p
    inner join metrics as m on m.metric = p.metric
    union all
    select 'fct_failure_demand', team, 'failure_demand', reason, period_start, null, rate, failure + value
    from fct_failure_demand
    union all
    select 'fct_demand_channel', team, 'failure_demand', channel, period_start, null, rate, failure + value
    from fct_demand_channel
    union all
    select 'fct_repeat_contact', team, 'repeat_contact', '', period_start, null, rate, closed
    from fct_repeat_contact
    union all
    select 'fct_first_contact_resolution', team, 'first_contact_resolution', '', period_start, null, rate, closed
    from fct_first_contact_resolution
    union all
    select 'fct_loyalty', team, 'retention', touchpoint, period_start, null, retention, renewals + churned
    from fct_loyalty
    union all
    select 'fct_moment', team, 'moment', moment, period_start, version, share, judged
    from fct_moment
),
numbers_before as (
    select
        'rpt_metric_period' as relation, '(all)' as team, p.metric as series, '' as part, p.period_start, b.version,
        p.value, p.n
    from was_rpt_metric_period as p
    inner join metrics as m on m.metric = p.metric
    left join metrics_before as b on b.metric = p.metric
    union all
    select 'fct_customer_metric', p.team, p.metric, '', p.period_start, p.version, p.value, p.n
    from was_fct_customer_metric as p
    inner join metrics as m on m.metric = p.metric
    union all
    select 'fct_failure_demand', team, 'failure_demand', reason, period_start, null, rate, failure + value
    from was_fct_failure_demand
    union all
    select 'fct_demand_channel', team, 'failure_demand', channel, period_start, null, rate, failure + value
    from was_fct_demand_channel
    union all
    select 'fct_repeat_contact', team, 'repeat_contact', '', period_start, null, rate, closed
    from was_fct_repeat_contact
    union all
    select 'fct_first_contact_resolution', team, 'first_contact_resolution', '', period_start, null, rate, closed
    from was_fct_first_contact_resolution
    union all
    select 'fct_loyalty', team, 'retention', touchpoint, period_start, null, retention, renewals + churned
    from was_fct_loyalty
    union all
    select 'fct_moment', team, 'moment', moment, period_start, version, share, judged
    from was_fct_moment
),
now_shown as (
    select relation, team, series, part, period_start, version, value, n
    from numbers
    where value is not null
),
then_shown as (
    select relation, team, series, part, period_start, version, value, n
    from numbers_before
    where value is not null
),
last_shown as (
    select relation, max(period_start) as period_start
    from then_shown
    group by relation
),
differing as (
    select
        b.relation, b.team, b.series, b.part, b.period_start,
        case when a.relation is null then 'gone' else 'changed' end as kind, b.value as value_before,
        a.value as value_after, b.n as n_before, a.n as n_after, b.version as version_before, a.version as version_after
    from then_shown as b
    left join now_shown as a
        on a.relation = b.relation and a.team = b.team and a.series = b.series and a.part = b.part
            and a.period_start = b.period_start
    where a.relation is null or a.value <> b.value or a.n <> b.n or a.version <> b.version
    union all
    select
        a.relation, a.team, a.series, a.part, a.period_start, 'added', null, a.value, null, a.n, null, a.version
    from now_shown as a
    inner join last_shown as l on l.relation = a.relation and l.period_start > a.period_start
    left join then_shown as b
        on b.relation = a.relation and b.team = a.team and b.series = a.series and b.part = a.part
            and b.period_start = a.period_start
    where b.relation is null
),
made_of as ( -- the rows that a number is made of
    select metric as series, 'feedback' as dataset, metric as rows_of
    from metrics
    where kind in ('nps', 'mean', 'top_box', 'index')
    union all
    select p.metric, 'feedback', p.part
    from cat_part as p
    inner join metrics as m on m.metric = p.metric
    union all
    select metric, case when kind in ('repeat', 'resolution', 'effort') then 'matters' else 'contacts' end, ''
    from metrics
    where kind in ('failure_demand', 'complaint', 'success', 'repeat', 'resolution', 'effort')
    union all
    select metric, 'measures', measure
    from metrics
    union all
    select metric, 'measures', numerator
    from metrics
    union all
    select metric, 'measures', denominator
    from metrics
),
rows_of_metrics as (
    select m.series, a.team, a.period_start, a.n_rows
    from int_arrivals__placed as a
    inner join made_of as m on m.dataset = a.dataset and m.rows_of = a.series
    union all
    select m.metric, a.team, a.period_start, a.n_rows -- a formula of one's own may read any of them
    from int_arrivals__placed as a
    inner join metrics as m on m.kind = 'custom' and a.dataset <> 'matters'
),
arrivals as (
    select 'rpt_metric_period' as relation, series, team, period_start, n_rows
    from rows_of_metrics
    union all
    select 'fct_customer_metric', series, team, period_start, n_rows
    from rows_of_metrics
    union all
    select 'fct_failure_demand', 'failure_demand', team, period_start, n_rows
    from int_arrivals__placed
    where dataset = 'contacts'
    union all
    select 'fct_demand_channel', 'failure_demand', team, period_start, n_rows
    from int_arrivals__placed
    where dataset = 'contacts'
    union all
    select 'fct_repeat_contact', 'repeat_contact', team, period_start, n_rows
    from int_arrivals__placed
    where dataset = 'matters'
    union all
    select 'fct_first_contact_resolution', 'first_contact_resolution', team, period_start, n_rows
    from int_arrivals__placed
    where dataset = 'matters'
    union all
    select 'fct_loyalty', 'retention', team, period_start, n_rows
    from int_arrivals__placed
    where dataset = 'behaviours'
    union all
    select 'fct_moment', 'moment', team, period_start, n_rows
    from int_arrivals__placed
    where dataset in ('contacts', 'feedback')
),
by_team as (
    select relation, series, team, period_start, sum(n_rows) as n_rows
    from arrivals
    where team is not null
    group by relation, series, team, period_start
),
by_period as (
    select relation, series, period_start, sum(n_rows) as n_rows
    from arrivals
    group by relation, series, period_start
),
final as (
    select
        d.relation, d.team, d.series, d.part, d.period_start, d.kind, d.value_before, d.value_after, d.n_before,
        d.n_after, d.version_before, d.version_after,
        c.is_redefined or coalesce(d.version_before <> d.version_after, false) as is_redefined,
        case
            when not c.is_counted then null
            when d.team = '(all)' then coalesce(p.n_rows, 0)
            else coalesce(t.n_rows, 0)
        end as rows_team,
        case when c.is_counted then coalesce(p.n_rows, 0) end as rows_period,
        d.period_start = l.period_start as is_last_period, c.generation as generation_before
    from differing as d
    cross join compared as c
    inner join last_shown as l on l.relation = d.relation
    left join by_team as t
        on t.relation = d.relation and t.series = d.series and t.team = d.team and t.period_start = d.period_start
    left join by_period as p
        on p.relation = d.relation and p.series = d.series and p.period_start = d.period_start
)
select
    cast(relation as varchar) as relation,
    cast(team as varchar) as team,
    cast(series as varchar) as series,
    cast(part as varchar) as part,
    cast(period_start as date) as period_start,
    cast(kind as varchar) as kind,
    cast(value_before as double) as value_before,
    cast(value_after as double) as value_after,
    cast(value_after - value_before as double) as change,
    cast(n_before as bigint) as n_before,
    cast(n_after as bigint) as n_after,
    cast(version_before as integer) as version_before,
    cast(version_after as integer) as version_after,
    cast(is_redefined as boolean) as is_redefined,
    cast(rows_team as bigint) as rows_team,
    cast(rows_period as bigint) as rows_period,
    cast(is_last_period as boolean) as is_last_period,
    cast(generation_before as varchar) as generation_before
from final
