-- why: End of the 95 % adjusted-Wald interval of NPS (Rocks 2016): 3/4 promoter, 3/4 detractor and 3/2 passive
--   are added, then the closed form of the variance is used. The side is -1 for the lower, +1 for the upper end.
create macro nps_bound(side, promoters, detractors, n) as
    case when n > 0 then greatest(-100.0, least(100.0,
        100 * ((cast(promoters as double) - cast(detractors as double)) / (n + 3)
            + side * 1.959963984540054 * sqrt(
                ((cast(promoters as double) + cast(detractors as double) + 1.5) / (n + 3)
                    - power((cast(promoters as double) - cast(detractors as double)) / (n + 3), 2))
                / (n + 3)))))
    end
