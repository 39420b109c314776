-- why: End of the 95 % interval of a metric by its kind: adjusted Wald for NPS, Student's t for
--   means, Wilson for shares. The side is -1 for the lower, +1 for the upper end.
create macro moment_bound(side, kind, n, s1, s2, n_top, n_bottom, divisor) as
    case
        when n is null or n = 0 then null
        when kind = 'nps' then nps_bound(side, n_top, n_bottom, n)
        when kind in ('mean', 'index', 'composite', 'effort') then moment_value(n, s1, divisor) + side * t975(n - 1) * moment_se(kind, n, s1, s2, divisor)
        when side < 0 then wilson_low(s1, n)
        else wilson_high(s1, n)
    end
