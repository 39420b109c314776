-- why: Standard error of a cell from its own answers: s / sqrt(n) for means (null for one answer),
--   the closed form without the n - 1 correction for NPS and shares, as their definitions have it.
create macro moment_se(kind, n, s1, s2, divisor) as
    case
        when n is null or n = 0 then null
        when kind not in ('mean', 'index', 'composite', 'effort') then sqrt(squares_about_mean(n, s1, s2) / n / n) / divisor
        when n > 1 then sqrt(squares_about_mean(n, s1, s2) / (n - 1) / n) / divisor
    end
