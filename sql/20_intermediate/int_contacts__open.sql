-- grain: one row per contact whose window for a repeat is open
-- key: contact_id
-- side: outside
-- reads: int_contacts__attributed, int_periods__open
-- keep: table
-- by: period_start
-- why: These contacts are censored: what is not known yet of them is not counted as not happened.
with contacts as (
    select contact_id, matter, started_on, period_start
    from int_contacts__attributed
    where not is_after_window
),
periods as (
    select period_start, open_from
    from int_periods__open
)
select -- a contact is in one period
    cast(c.contact_id as varchar) as contact_id,
    cast(c.matter as varchar) as matter,
    cast(c.period_start as date) as period_start
from contacts as c
inner join periods as p on p.period_start = c.period_start and c.started_on >= p.open_from
