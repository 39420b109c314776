-- why: The first civil date of the period that holds a UTC instant in the business zone. Weeks
--   begin on Monday.
create macro period_of(instant, grain, zone) as
    cast(date_trunc(grain, (instant at time zone 'UTC') at time zone zone) as date)
