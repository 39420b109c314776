-- why: Upper end of the 95 % Wilson interval of a share: hits out of n. Null without cases; exactly
--   1 if all hit.
create macro wilson_high(hits, n) as
    case
        when n is null or n = 0 then null
        when hits = n then 1.0
        else (cast(hits as double) + 1.920729410347063
            + 1.959963984540054 * sqrt(
                cast(hits as double) * (cast(n as double) - cast(hits as double)) / cast(n as double)
                + 0.9603647051735313))
            / (cast(n as double) + 3.841458820694125)
    end
