-- why: The date a number of civil days later.
create macro add_days(start_on, days) as
    cast(start_on + to_days(cast(days as integer)) as date)
