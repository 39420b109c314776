-- question: How does each customer metric stand by team over all periods, and does it move at all?
select unit as team, series as metric, periods, mean, sd, reliability, is_flatline, is_noise
from fct_metric_health
where side = 'outside'
order by metric, team
