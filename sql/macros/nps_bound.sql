-- why: End of the 95 % adjusted-Wald interval of NPS (Rocks 2016): 3/4 promoter, 3/4 detractor and
--   3/2 passive are added, then the closed form of the variance is used. The side is -1 for the
--   lower, +1 for the upper end. It stays within the scale, and is widened to the value itself
--   where the addition moved past it (a single answer).
create macro nps_bound(side, promoters, detractors, n) as
    case
        when n is null or n = 0 then null
        when side < 0 then greatest(-100.0, least(
            nps_end(-1, promoters, detractors, n), 100 * safe_div(promoters - detractors, n)))
        else least(100.0, greatest(
            nps_end(1, promoters, detractors, n), 100 * safe_div(promoters - detractors, n)))
    end
