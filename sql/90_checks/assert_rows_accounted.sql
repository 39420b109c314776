-- grain: one row per dataset whose rows do not add up
-- key: dataset
-- reads: raw_feedback, raw_contacts, raw_answers, raw_measures, raw_roster, int_feedback__counted,
--   int_contacts__attributed, int_answers__scored, stg_measures, stg_roster
-- why: Nothing is dropped without a number: the rows that came in are the rows that count and their
--   duplicates.
-- severity: stop
-- fix: This is a fault of the program, not of the data: a relation loses or doubles rows. Do not
--   publish.
-- columns:
--   dataset varchar: dataset of the lake
--   n_in bigint: rows of the lake
--   n_out bigint: rows accounted for, duplicates included
with sides as (
    select 'feedback' as dataset, count(*) as n_in, 0 as n_out from raw_feedback
    union all
    select 'feedback', 0, coalesce(sum(n_rows), 0) from int_feedback__counted
    union all
    select 'contacts', count(*), 0 from raw_contacts
    union all
    select 'contacts', 0, coalesce(sum(n_rows), 0) from int_contacts__attributed
    union all
    select 'answers', count(*), 0 from raw_answers
    union all
    select 'answers', 0, coalesce(sum(n_rows), 0) from int_answers__scored
    union all
    select 'measures', count(*), 0 from raw_measures
    union all
    select 'measures', 0, coalesce(sum(n_rows), 0) from stg_measures
    union all
    select 'roster', count(*), 0 from raw_roster
    union all
    select 'roster', 0, coalesce(sum(n_rows), 0) from stg_roster
),
sums as (
    select dataset, sum(n_in) as n_in, sum(n_out) as n_out
    from sides
    group by dataset
)
select
    cast(dataset as varchar) as dataset,
    cast(n_in as bigint) as n_in,
    cast(n_out as bigint) as n_out
from sums
where n_in <> n_out
