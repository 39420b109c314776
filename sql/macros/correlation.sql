-- why: Pearson's r of n pairs of whole numbers from their exact sums. Null where one side does not vary.
create macro correlation(n, sx, sy, sxx, syy, sxy) as
    safe_div(
        cast(exact(n) * exact(sxy) - exact(sx) * exact(sy) as double),
        sqrt(cast(exact(n) * exact(sxx) - exact(sx) * exact(sx) as double))
            * sqrt(cast(exact(n) * exact(syy) - exact(sy) * exact(sy) as double)))
