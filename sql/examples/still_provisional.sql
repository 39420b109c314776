-- question: Which repeat-contact rates may still change because windows are open?
select team, period_start, contacts, closed, censored, rate, low, high
from fct_repeat_contact
where is_provisional
order by period_start, team
