-- why: The first civil date after a period that begins on the given one.
create macro next_period(start_on, grain) as
    cast(
        case grain
            when 'day' then start_on + interval '1' day
            when 'week' then start_on + interval '7' day
            when 'month' then start_on + interval '1' month
            when 'quarter' then start_on + interval '3' month
            when 'year' then start_on + interval '1' year
        end as date)
