-- why: The civil date of a UTC instant in the business zone, daylight saving included.
create macro local_day(instant, zone) as
    cast((instant at time zone 'UTC') at time zone zone as date)
