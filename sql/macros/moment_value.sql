-- why: Mean of n answers from their exact sum; divisor turns its whole units into those of the
--   metric.
create macro moment_value(n, s1, divisor) as
    safe_div(s1, n) / divisor
