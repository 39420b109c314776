-- grain: one row per item of the survey instrument
-- key: item
-- feature: E2, E3
-- reads: cat_item
-- why: The questions behind the scores, as people read them.
-- columns:
--   item varchar: id
--   dimension varchar: dimension that it adds to
--   version integer: version of the instrument
--   facet varchar: what it looks at, in a few words
--   text varchar: the question
--   scale_low double: lowest answer
--   scale_high double: highest answer
--   is_reversed boolean: agreeing is worse; its scores are turned round
--   is_own boolean: of this project's making
select
    cast(item as varchar) as item,
    cast(dimension as varchar) as dimension,
    cast(version as integer) as version,
    cast(facet as varchar) as facet,
    cast(text as varchar) as text,
    cast(lo as double) as scale_low,
    cast(hi as double) as scale_high,
    cast(is_reversed as boolean) as is_reversed,
    cast(is_own as boolean) as is_own
from cat_item
