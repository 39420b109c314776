-- grain: one row per team, period and dimension or item
-- key: team, period_start, series
-- side: inside
-- reads: int_scores__respondents
-- why: How many answers are favourable and unfavourable, of the same respondents as in
--   cell_dimension and cell_item. Series without a map of favourable answers have no row.
select
    cast(team as varchar) as team,
    cast(series as varchar) as series,
    cast(kind as varchar) as kind,
    cast(version as integer) as version,
    cast(period_start as date) as period_start,
    cast(count(*) as bigint) as n,
    cast(sum(n_answers) as bigint) as n_answers,
    cast(sum(n_favourable) as bigint) as n_favourable,
    cast(sum(n_unfavourable) as bigint) as n_unfavourable,
    cast(false as boolean) as is_public
from int_scores__respondents
where n_answers > 0
group by team, series, kind, version, period_start
