-- grain: one row per fact about customers of which rows came in since the last publication
-- key: dataset, fact, series, fact_at?
-- side: outside
-- reads: raw_new_contacts, raw_new_feedback, raw_new_behaviours, raw_new_measures
-- why: A restated number is answered for by the rows that came in since it was published. These are
--   the rows of the files that the published generation was not made from, none where nothing is
--   published. Of measures only those that customers' metrics are made of come here.
with rows_since as (
    select 'contacts' as dataset, contact_id as fact, '' as series, null as fact_at
    from raw_new_contacts
    union all
    select 'feedback', feedback_id, metric, null
    from raw_new_feedback
    union all
    select 'behaviours', behaviour_id, '', null
    from raw_new_behaviours
    union all
    select 'measures', unit, measure, measured_at
    from raw_new_measures
)
select
    cast(dataset as varchar) as dataset,
    cast(fact as varchar) as fact,
    cast(series as varchar) as series,
    cast(fact_at as timestamp) as fact_at,
    cast(count(*) as bigint) as n_rows
from rows_since
group by dataset, fact, series, fact_at
