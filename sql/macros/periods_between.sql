-- why: Periods of a grain from the one that begins on one date to the one that begins on another.
create macro periods_between(earlier_start, later_start, grain) as
    date_diff(grain, earlier_start, later_start)
