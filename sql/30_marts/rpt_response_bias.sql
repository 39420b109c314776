-- grain: one row per survey, trait and level of the trait
-- key: survey, trait, level
-- feature: O1
-- reads: int_invitations__answered
-- why: Do the answers speak for those who were asked? Each trait is known of everybody asked;
--   where its share among the answers differs from that among the asked, the result leans that way.
--   z compares the rate of answering at this level with that of all others (pooled two-sample test
--   of shares).
-- columns:
--   survey varchar: survey
--   trait varchar: team, channel, segment or last_demand (of the last contact before)
--   level varchar: level of the trait; (none) where it is not known
--   asked bigint: invitations that arrived and are closed
--   answered bigint: of these, answered
--   rate double: answered / asked, 0 to 1
--   low double: lower end of its 95 % Wilson interval
--   high double: upper end of its 95 % Wilson interval
--   asked_share double: share of the level among the asked, 0 to 1
--   answered_share double: share of the level among the answers, 0 to 1; null without any
--   lean double: answered_share - asked_share
--   z double: difference of the rate from that of all other levels, in standard errors; null if there is none
with invitations as (
    select survey, team, channel, segment, last_demand, is_answered
    from int_invitations__answered
    where is_in_window and is_delivered and not is_open
),
traits as (
    select 'team' as trait
    union all
    select 'channel'
    union all
    select 'segment'
    union all
    select 'last_demand'
),
levels as ( -- each invitation once for each trait
    select
        i.survey, t.trait, i.is_answered,
        coalesce(
            case t.trait when 'team' then i.team when 'channel' then i.channel when 'segment' then i.segment
                else i.last_demand
            end, '(none)') as level
    from invitations as i
    cross join traits as t
),
counts as (
    select survey, trait, level, count(*) as n, count(*) filter (where is_answered) as n_answered
    from levels
    group by survey, trait, level
),
final as (
    select
        survey, trait, level, n, n_answered, sum(n) over (partition by survey, trait) as n_all,
        sum(n_answered) over (partition by survey, trait) as n_all_answered
    from counts
)
select
    cast(survey as varchar) as survey,
    cast(trait as varchar) as trait,
    cast(level as varchar) as level,
    cast(n as bigint) as asked,
    cast(n_answered as bigint) as answered,
    safe_div(n_answered, n) as rate,
    cast(wilson_low(n_answered, n) as double) as low,
    cast(wilson_high(n_answered, n) as double) as high,
    safe_div(n, n_all) as asked_share,
    safe_div(n_answered, n_all_answered) as answered_share,
    safe_div(n_answered, n_all_answered) - safe_div(n, n_all) as lean,
    safe_div(
        safe_div(n_answered, n) - safe_div(n_all_answered - n_answered, n_all - n),
        sqrt(safe_div(n_all_answered, n_all) * safe_div(n_all - n_all_answered, n_all)
            * (safe_div(1, n) + safe_div(1, n_all - n)))) as z
from final
