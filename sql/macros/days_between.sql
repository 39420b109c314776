-- why: Civil days from one date to another.
create macro days_between(earlier_on, later_on) as
    date_diff('day', earlier_on, later_on)
