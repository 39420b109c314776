-- question: Which condition was lowest in each team in its last released period, and how sure is the order?
with last_period as (
    select team, max(period_start) as period_start
    from fct_dimension_rank
    group by team
)
select r.team, r.period_start, r.dimension, r.score, r.low, r.high, r.n, r.rank_in_team, r.n_dimensions
from fct_dimension_rank as r
inner join last_period as p on p.team = r.team and p.period_start = r.period_start
where r.rank_in_team = r.n_dimensions
order by r.score, r.team, r.dimension
