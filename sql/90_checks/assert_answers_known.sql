-- grain: one row per metric or item that is answered and not in the catalogue
-- key: dataset, name
-- reads: int_feedback__counted, int_answers__scored, cat_metric, cat_item
-- why: Answers to a question that the catalogue does not know, or knows as something that is
--   computed, are counted nowhere.
-- severity: stop
-- fix: Add the metric or item to the catalogue, or map the source's name to one that is there.
-- columns:
--   dataset varchar: dataset of the lake
--   name varchar: metric or item
--   n bigint: answers
with metrics as (
    select metric
    from cat_metric
    where kind in ('nps', 'mean', 'top_box')
),
items as (
    select item
    from cat_item
),
answered as (
    select 'feedback' as dataset, f.metric as name, sum(f.n) as n
    from int_feedback__counted as f
    left join metrics as m on m.metric = f.metric
    where m.metric is null
    group by f.metric
    union all
    select 'answers', a.item, count(*)
    from int_answers__scored as a
    left join items as i on i.item = a.item
    where i.item is null
    group by a.item
)
select
    cast(dataset as varchar) as dataset,
    cast(name as varchar) as name,
    cast(n as bigint) as n
from answered
