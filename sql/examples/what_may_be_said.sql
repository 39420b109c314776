-- question: What may be said about conditions and outcomes, best supported first, and with what doubts?
select condition, outcome, grade, lag, slope, low, high, q, n, teams, doubts, refused
from fct_finding
where grade in ('A+', 'A', 'B', 'C')
order by grade, q, condition, outcome
