-- grain: one row per visit: a contact with the legs that followed it
-- key: visit_id
-- side: outside
-- reads: int_contacts__matters, int_contacts__named, int_contacts__open, cat_code, cat_effort, raw_run
-- keep: table
-- by: matter
-- edges: zero (weights and worst amounts are above 0)
-- why: What a visit came to and what came after it. It counts for the team of its last leg, which
--   had the last word, and for the period in which it began; its outcome is the last that is known.
--   It is returned to if the next visit on the matter began within repeat_days civil days of its
--   begin, or if a contact outside it that names one of its contacts as the one before did. Visits
--   of a matter that follow each other within the window are one chain. What comes after the end of
--   the data is not known: a visit whose window reaches beyond it is censored, as in
--   int_contacts__repeated. Observed effort is the mean, weighted as the catalogue says, of waiting,
--   holding, transfers and having come back, each from 0 to 100, of those that are known.
with legs as (
    select
        contact_id, matter, matter_id, visit_id, leg_no, team, channel, reason, demand, outcome,
            handle_seconds,
        queue_seconds, hold_seconds, transfers, started_at, started_on, period_start, has_key, is_reopened,
            is_in_window
    from int_contacts__matters
),
codes as (
    select meaning, code
    from cat_code
),
effort as (
    select
        queue_seconds_weight, queue_seconds_worst, hold_seconds_weight, hold_seconds_worst, transfers_weight,
            transfers_worst,
        repeat_weight, repeat_worst
    from cat_effort
),
run as (
    select repeat_days
    from raw_run
),
unsettled as (
    select contact_id
    from int_contacts__open
),
sayings as (
    select contact_id, naming_id, naming_on
    from int_contacts__named
),
visits as (
    select
        visit_id, max(matter) as matter, max(matter_id) as matter_id,
        latest_known(team, leg_no) as team,
        latest_known(channel, -leg_no) as channel,
        latest_known(reason, -leg_no) as reason,
        latest_known(demand, -leg_no) as demand,
        latest_known(outcome, leg_no) as outcome,
        sum(handle_seconds) as handle_seconds, sum(queue_seconds) as queue_seconds, sum(hold_seconds) as hold_seconds,
        case when count(transfers) > 0 then greatest(coalesce(sum(transfers), 0),
        count(*) - 1) end as n_transfers,
        count(*) as n_legs, min(started_at) as started_at, min(started_on) as started_on,
        min(period_start) as period_start,
        bool_and(has_key) as has_key, bool_or(is_reopened) as is_reopened,
        bool_or(is_in_window and leg_no = 1) as is_in_window
    from legs
    group by visit_id
),
named as ( -- the first contact after a visit, and not of it, that names one of its contacts, whatever its matter
    select earlier.visit_id, min(s.naming_on) as named_on
    from sayings as s
    inner join legs as earlier on earlier.contact_id = s.contact_id
    left join legs as later on later.contact_id = s.naming_id
    where later.visit_id is null or later.visit_id <> earlier.visit_id
    group by earlier.visit_id
),
neighboured as ( -- run has one row; a visit is named and open once
    select
        v.visit_id, v.matter, v.matter_id, v.team, v.channel, v.reason, v.demand, v.outcome, v.handle_seconds,
        v.queue_seconds, v.hold_seconds, v.n_transfers, v.n_legs, v.started_at, v.started_on, v.period_start, v.has_key,
        v.is_reopened, v.is_in_window, run.repeat_days, n.named_on, o.contact_id is not null as is_open,
        lag(v.started_on) over matter_in_order as previous_on,
        lag(v.channel) over matter_in_order as previous_channel,
        lead(v.started_on) over matter_in_order as next_on
    from visits as v
    cross join run
    left join named as n on n.visit_id = v.visit_id
    left join unsettled as o on o.contact_id = v.visit_id
    window matter_in_order as (partition by v.matter order by v.started_at asc nulls last, v.visit_id asc nulls last)
),
linked as (
    select
        visit_id, matter, matter_id, team, channel, reason, demand, outcome, handle_seconds, queue_seconds,
        hold_seconds, n_transfers,
        n_legs, started_at, started_on, period_start, has_key, is_reopened, is_in_window,
        coalesce(days_between(previous_on, started_on) <= repeat_days, false) as is_return,
        coalesce(days_between(started_on, next_on) <= repeat_days, false)
            or coalesce(days_between(started_on, named_on) <= repeat_days, false) as is_returned_to,
        case when days_between(previous_on, started_on) <= repeat_days then previous_channel end as previous_channel,
        is_open as is_censored
    from neighboured
),
chained as (
    select
        visit_id, matter, matter_id, team, channel, reason, demand, outcome, handle_seconds, queue_seconds,
        hold_seconds, n_transfers,
        n_legs, started_at, started_on, period_start, has_key, is_reopened, is_in_window, is_return, is_returned_to,
        previous_channel, is_censored,
        sum(case when is_return then 0 else 1 end) over (
            partition by matter
            order by started_at asc nulls last, visit_id asc nulls last
            rows between unbounded preceding and current row) as chain_no
    from linked
),
parts as ( -- effort has one row; a part that is not known takes no weight
    select
        c.visit_id,
        case when c.queue_seconds is null then 0 else e.queue_seconds_weight end as queue_weight,
        case when c.hold_seconds is null then 0 else e.hold_seconds_weight end as hold_weight,
        case when c.n_transfers is null then 0 else e.transfers_weight end as transfers_weight,
        case when c.has_key then e.repeat_weight else 0 end as return_weight,
        100 * least(1, greatest(0, safe_div(coalesce(c.queue_seconds, 0), e.queue_seconds_worst))) as queue_effort,
        100 * least(1, greatest(0, safe_div(coalesce(c.hold_seconds, 0), e.hold_seconds_worst))) as hold_effort,
        100 * least(1, greatest(0, safe_div(coalesce(c.n_transfers, 0), e.transfers_worst))) as transfers_effort,
        100 * least(1, greatest(0, safe_div(case when c.is_return then 1 else 0 end,
        e.repeat_worst))) as return_effort
    from chained as c
    cross join effort as e
),
efforts as ( -- a visit of which nothing is known but whether it was a return says too little
    select
        visit_id, queue_weight > 0 as has_queue, hold_weight > 0 as has_hold, transfers_weight > 0 as has_transfers,
        return_weight > 0 as has_return, queue_effort, hold_effort, transfers_effort, return_effort,
        case when queue_weight + hold_weight + transfers_weight > 0 then safe_div(
            queue_weight * queue_effort + hold_weight * hold_effort + transfers_weight * transfers_effort
                + return_weight * return_effort,
            queue_weight + hold_weight + transfers_weight + return_weight) end as effort
    from parts
)
select
    cast(c.visit_id as varchar) as visit_id,
    cast(c.matter as varchar) as matter,
    cast(c.matter_id as varchar) as matter_id,
    cast(first_value(c.visit_id) over (
        partition by c.matter, c.chain_no
        order by c.started_at asc nulls last, c.visit_id asc nulls last) as varchar) as chain_id,
    cast(c.team as varchar) as team,
    cast(c.channel as varchar) as channel,
    cast(c.previous_channel as varchar) as previous_channel,
    cast(c.reason as varchar) as reason,
    cast(c.demand as varchar) as demand,
    cast(c.outcome as varchar) as outcome,
    cast(c.started_at as timestamp) as started_at,
    cast(c.started_on as date) as started_on,
    cast(c.period_start as date) as period_start,
    cast(c.handle_seconds as bigint) as handle_seconds,
    cast(c.queue_seconds as bigint) as queue_seconds,
    cast(c.hold_seconds as bigint) as hold_seconds,
    cast(c.n_transfers as bigint) as n_transfers,
    cast(c.n_legs as bigint) as n_legs,
    nano(e.effort) as effort,
    case when e.has_queue then nano(e.queue_effort) end as queue_effort,
    case when e.has_hold then nano(e.hold_effort) end as hold_effort,
    case when e.has_transfers then nano(e.transfers_effort) end as transfers_effort,
    case when e.has_return then nano(e.return_effort) end as return_effort,
    cast(c.has_key as boolean) as has_key,
    cast(c.is_return as boolean) as is_return,
    cast(c.is_returned_to as boolean) as is_returned_to,
    cast(c.has_key and c.is_censored as boolean) as is_censored,
    cast(coalesce(lower(c.outcome) in (select lower(code) from codes where meaning = 'resolved'),
        false) as boolean) as is_resolved,
    cast(c.is_reopened as boolean) as is_reopened,
    cast(c.is_in_window as boolean) as is_in_window
from chained as c
inner join efforts as e on e.visit_id = c.visit_id
