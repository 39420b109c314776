-- grain: one row per dataset of which more than 5 % of the rows belong to no team
-- key: dataset
-- reads: int_feedback__counted, int_contacts__attributed, int_answers__scored
-- why: Rows without a team count for the whole and for no team: what is linked per team then rests
--   on part of the data.
-- severity: warn
-- fix: Map the team, or map agent (person) and bring in a roster that covers the days concerned.
-- columns:
--   dataset varchar: dataset of the lake
--   n bigint: rows in the window without a team
--   share double: of the rows in the window, 0 to 1
with rows_by_dataset as (
    select
        'feedback' as dataset, coalesce(sum(n) filter (where team is null), 0) as n, coalesce(sum(n), 0) as n_rows
    from int_feedback__counted
    where period_start is not null
    union all
    select 'contacts', count(*) filter (where team is null), count(*)
    from int_contacts__attributed
    where is_in_window
    union all
    select 'answers', count(*) filter (where team is null), count(*)
    from int_answers__scored
    where is_in_window
)
select
    cast(dataset as varchar) as dataset,
    cast(n as bigint) as n,
    safe_div(n, n_rows) as share
from rows_by_dataset
where n > 0.05 * n_rows
