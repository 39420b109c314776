-- grain: one row per kind of number and decision over its release
-- key: relation, decision
-- reads: raw_verdict
-- feature: E8
-- why: The log of what was withheld and why, in counts only: which team or group it was would say
--   what the withholding is to keep.
-- columns:
--   relation varchar: kind of number: dimension, item, item_step, measure, favourable, deviation,
--     group, group_total, scale, pulse or comment
--   decision varchar: shown, too_small (too few respondents), unknown_size (not said on how many it
--     rests), alike (nearly all said the same), apart (an item of other people than its dimension, by
--     too few), left_over (too few are left of a group without whole teams), exposed (the audit found
--     it), beside or complement (it would let another be found from the others of its dimension, or
--     by subtraction)
--   n_cells bigint: numbers; for comments the comments
with verdicts as (
    select relation, case when is_shown then 'shown' else reason end as decision
    from raw_verdict
)
select
    cast(substr(relation, 6) as varchar) as relation,
    cast(decision as varchar) as decision,
    cast(count(*) as bigint) as n_cells
from verdicts
group by relation, decision
