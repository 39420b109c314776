-- why: Any value in billionths, whole, in the widest whole number of the engine: measures may be too large for nano.
create macro wide(x) as
    cast(round(cast(x as double) * 1000000000) as hugeint)
