-- why: The formula behind nps_bound: centre and half width after the addition of three answers.
create macro nps_end(side, promoters, detractors, n) as
    100 * (safe_div(promoters - detractors, n + 3)
        + side * 1.959963984540054 * sqrt(
            (safe_div(promoters + detractors + 1.5, n + 3) - power(safe_div(promoters - detractors, n + 3), 2))
            / (n + 3)))
