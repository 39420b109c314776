-- grain: one row
-- key: none
-- feature: E8
-- reads: raw_verdict
-- why: How much of the employee side was withheld. A cell is one number of one team and period: a
--   dimension, an item or a measure.
-- columns:
--   cells_shown bigint: cells released
--   cells_hidden bigint: cells withheld
--   too_small bigint: of these, for resting on too few respondents
--   unknown_size bigint: of these, for not saying on how many they rest
--   protecting bigint: of these, because they would say too much of a few people: all alike, or found
--     by subtraction
with verdicts as (
    select is_shown, reason
    from raw_verdict
    where relation in ('cell_dimension', 'cell_item', 'cell_measure')
)
select
    cast(count(*) filter (where is_shown) as bigint) as cells_shown,
    cast(count(*) filter (where not is_shown) as bigint) as cells_hidden,
    cast(count(*) filter (where reason = 'too_small') as bigint) as too_small,
    cast(count(*) filter (where reason = 'unknown_size') as bigint) as unknown_size,
    cast(count(*) filter (where not is_shown and reason not in ('too_small', 'unknown_size')) as bigint) as protecting
from verdicts
