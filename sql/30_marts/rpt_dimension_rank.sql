-- grain: one row per dimension with released cells
-- key: dimension
-- reads: rpt_dimension, rpt_scale, rel_favourable
-- feature: E1
-- edges: zero (a released cell has answers)
-- why: The dimensions of the organisation, ranked. A dimension could stand anywhere between
--   rank_low and rank_high: only those whose whole interval lies above its own are surely better,
--   only those whose whole interval lies beneath are surely worse.
-- columns:
--   dimension varchar: dimension of the instrument
--   version integer: version of the instrument
--   score double: mean over respondents, 0 to 100
--   low double: lower end of its 95 % interval; null if no cell has two respondents
--   high double: upper end
--   rank bigint: place by score, 1 is best; equal scores share it
--   rank_low bigint: best place that the intervals allow
--   rank_high bigint: worst place that they allow
--   favourable_share double: favourable answers among all answers to its items, 0 to 1; null where
--     the catalogue has no map for the scale
--   alpha double: Cronbach's alpha within teams; see rpt_scale
--   n bigint: respondents, added up over periods
with scores as (
    select
        dimension, version, score, n,
        score - 1.959963984540054 * se as low, score + 1.959963984540054 * se as high
    from rpt_dimension
),
scales as (
    select dimension, alpha
    from rpt_scale
),
answers as (
    select series, sum(n_favourable) as n_favourable, sum(n_answers) as n_answers
    from rel_favourable
    where kind = 'dimension'
    group by series
),
places as ( -- each dimension with every dimension
    select
        a.dimension,
        1 + count(*) filter (where b.score > a.score) as rank,
        1 + count(*) filter (where b.low > a.high) as rank_low,
        count(*) - count(*) filter (where b.high < a.low) as rank_high,
        count(*) as n_dimensions
    from scores as a
    cross join scores as b
    group by a.dimension
)
select -- one place, at most one scale and one row of answers
    cast(s.dimension as varchar) as dimension,
    cast(s.version as integer) as version,
    cast(s.score as double) as score,
    cast(case when s.low is not null then greatest(0.0, s.low) end as double) as low,
    cast(case when s.high is not null then least(100.0, s.high) end as double) as high,
    cast(p.rank as bigint) as rank,
    cast(case when s.low is null then 1 else p.rank_low end as bigint) as rank_low,
    cast(case when s.low is null then p.n_dimensions else p.rank_high end as bigint) as rank_high,
    safe_div(a.n_favourable, a.n_answers) as favourable_share,
    cast(c.alpha as double) as alpha,
    cast(s.n as bigint) as n
from scores as s
inner join places as p on p.dimension = s.dimension
left join scales as c on c.dimension = s.dimension
left join answers as a on a.series = s.dimension
