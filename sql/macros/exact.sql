-- why: The widest whole number of the engine. Sums and products of these have no rounding to depend
--   on an order.
create macro exact(x) as
    cast(x as hugeint)
