-- question: How much is withheld to protect people, by kind of number and reason?
select relation, decision, n_cells
from fct_suppression
where decision <> 'shown'
order by relation, decision
