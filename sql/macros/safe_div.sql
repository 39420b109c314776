-- why: Engines differ in what 5 / 2 gives. Always a double, and null where the divisor is zero.
create macro safe_div(a, b) as
    cast(a as double) / nullif(cast(b as double), 0)
