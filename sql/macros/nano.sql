-- why: A score in billionths, whole. Scores are quotients, so they keep more digits than answers
--   do.
create macro nano(x) as
    cast(round(cast(x as double) * 1000000000) as bigint)
