-- why: Seconds from one instant to another, with their fraction.
create macro seconds_between(earlier_at, later_at) as
    safe_div(epoch_us(later_at) - epoch_us(earlier_at), 1000000)
