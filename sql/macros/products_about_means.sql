-- why: Sum of products of the distances from both means, of n pairs of whole numbers with sums x1
--   and y1 and sum of products xy. The difference is taken between whole numbers.
create macro products_about_means(n, x1, y1, xy) as
    cast(exact(n) * exact(xy) - exact(x1) * exact(y1) as double) / nullif(cast(n as double), 0)
