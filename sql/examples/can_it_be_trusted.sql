-- question: What did the checks of the data find, and what is to be done?
select check_name, severity, n_rows, why, fix
from fct_check
where n_rows > 0
order by severity, check_name
