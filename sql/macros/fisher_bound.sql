-- why: End of the 95 % interval of a correlation of n pairs by Fisher's z, tanh(atanh(r) -+ 1.96 / sqrt(n - 3)). Null below four
--   pairs; a perfect correlation has no width. The side is -1 for the lower, +1 for the upper end.
create macro fisher_bound(side, r, n) as
    case
        when r is null or n < 4 then null
        when abs(r) >= 1 then r
        else 1 - 2 * safe_div(1, 1 + safe_div(1 + r, 1 - r) * exp(side * 3.919927969080108 * safe_div(1, sqrt(greatest(n - 3, 1)))))
    end
