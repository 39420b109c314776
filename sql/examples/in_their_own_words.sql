-- question: What did people write about waiting, of all that may be read and searched?
select group_value, item, words, n_writers
from fct_comment
where contains(lower(words), 'wait')
order by group_value, list_no
