-- question: Which questions hide beneath a good average: where does an item surely lie below its dimension?
select team, period_start, dimension, item, deviation, low, high, n
from fct_facet_deviation
where high < 0
order by deviation, team, period_start, item
limit 50
