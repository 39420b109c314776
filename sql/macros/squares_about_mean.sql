-- why: Sum of squared distances from the mean of n whole numbers with sum s1 and sum of squares s2.
--   The difference is taken between whole numbers, so that equal answers give exactly 0.
create macro squares_about_mean(n, s1, s2) as
    cast(exact(n) * exact(s2) - exact(s1) * exact(s1) as double) / nullif(cast(n as double), 0)
