-- grain: one row per respondent, period and attribute by which employees are told apart
-- key: respondent, period_start, attribute
-- side: inside
-- reads: int_answers__scored, stg_answers, stg_roster, cat_group, cat_band
-- keep: table
-- why: What the questionnaire says of its respondent counts, else the roster's row of that day, the
--   latest to begin where several hold it. Somebody who answers twice in a period counts with the
--   later statement that says anything. Who cannot be placed is a group of his own, "not said", so
--   that the groups of an attribute add up to everybody.
with answers as (
    select response, item, respondent, answered_on, period_start
    from int_answers__scored
    where is_in_window and team is not null
),
told as (
    select response, item, person, level, attributes
    from stg_answers
),
attributes as (
    select attribute, source, is_banded
    from cat_group
),
bands as (
    select attribute, band, from_number, below_number
    from cat_band
),
roster as (
    select person, team, valid_from, coalesce(valid_to, date '9999-12-31') as valid_to, role, level, attributes
    from stg_roster
),
beginnings as (
    select person, min(valid_from) as since_on
    from roster
    group by person
),
questionnaires as ( -- answers are one to one
    select
        a.response, a.respondent, a.period_start, max(a.answered_on) as answered_on, max(t.person) as person,
        max(t.level) as level, max(t.attributes) as attributes
    from answers as a
    inner join told as t on t.response = a.response and t.item = a.item
    group by a.response, a.respondent, a.period_start
),
listed as ( -- several rows of the roster may hold the day
    select
        q.response, q.period_start, r.role, r.level, r.attributes,
        row_number() over (
            partition by q.response, q.period_start
            order by r.valid_from desc nulls last, r.team asc nulls last) as later_rank
    from questionnaires as q
    inner join roster as r
        on r.person = q.person and q.answered_on >= r.valid_from and q.answered_on < r.valid_to
),
placed as ( -- one row a questionnaire and attribute
    select
        q.response, q.respondent, q.period_start, q.answered_on, g.attribute, g.is_banded,
        case g.source
            when 'level' then coalesce(q.level, l.level)
            when 'role' then l.role
            when 'tenure' then cast(days_between(b.since_on, q.answered_on) as varchar)
            else coalesce(json_text(q.attributes, g.source), json_text(l.attributes, g.source))
        end as value
    from questionnaires as q
    cross join attributes as g
    left join listed as l on l.response = q.response and l.period_start = q.period_start and l.later_rank = 1
    left join beginnings as b on b.person = q.person
),
banded as ( -- at most one band holds a number
    select
        p.response, p.respondent, p.period_start, p.answered_on, p.attribute,
        case when p.is_banded then b.band else p.value end as value
    from placed as p
    left join bands as b
        on p.is_banded and b.attribute = p.attribute
            and (b.from_number is null or try_cast(p.value as double) >= b.from_number)
            and (b.below_number is null or try_cast(p.value as double) < b.below_number)
            and try_cast(p.value as double) is not null
),
latest as (
    select
        respondent, period_start, attribute, value,
        row_number() over (
            partition by respondent, period_start, attribute
            order by case when value is null then 1 else 0 end asc nulls last, answered_on desc nulls last,
                response desc nulls last) as latest_rank
    from banded
)
select
    cast(respondent as varchar) as respondent,
    cast(attribute as varchar) as attribute,
    cast(coalesce(value, 'not said') as varchar) as group_value,
    cast(period_start as date) as period_start
from latest
where latest_rank = 1
