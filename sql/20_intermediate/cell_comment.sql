-- grain: one row per group of employees and comment
-- key: attribute, group_value, list_no
-- side: inside
-- reads: int_answers__scored, stg_answers, int_respondents__grouped, cat_comment
-- why: Employees' own words, for reading and never summarised. A comment is listed by one attribute
--   only (cat_comment), because the same words in two lists would list_no their author in the overlap
--   of both. Groups in which too few people wrote are put together; the release step asks the
--   minimum of these again (column least). The order is that of a key made of a secret and the
--   words: it says nothing of when or by whom they were written. Who asked on any item of a
--   questionnaire that their words are not shown is taken at it for all of them, and does not
--   count as somebody who wrote. Words are kept as they are, harsh ones too: what identifies
--   somebody by its form was taken out before they were kept.
with answers as (
    select response, item, respondent, team, period_start
    from int_answers__scored
    where is_in_window and team is not null
),
kept_back as (
    select distinct response
    from stg_answers
    where do_not_publish
),
told as (
    select s.response, s.item, trim(s.comment) as words
    from stg_answers as s
    left join kept_back as k on k.response = s.response
    where s.comment is not null and trim(s.comment) <> '' and k.response is null
),
groups as (
    select respondent, attribute, group_value, period_start
    from int_respondents__grouped
),
rule as (
    select attribute, min_writers, shuffle_key
    from cat_comment
),
written as ( -- a wide source repeats a remark on the whole questionnaire with every item
    select
        a.response, a.respondent, a.team, a.period_start, t.words,
        case when count(distinct a.item) = 1 then max(a.item) end as item
    from answers as a
    inner join told as t on t.response = a.response and t.item = a.item
    group by a.response, a.respondent, a.team, a.period_start, t.words
),
grouped as ( -- rule has one row; at most one group
    select
        a.respondent, a.item, a.words, r.attribute, r.min_writers, r.shuffle_key,
        case when r.attribute = 'team' then a.team else coalesce(g.group_value, 'not said') end as group_value
    from written as a
    cross join rule as r
    left join groups as g
        on g.respondent = a.respondent and g.period_start = a.period_start and g.attribute = r.attribute
),
writers as (
    select group_value, count(distinct respondent) as n
    from grouped
    group by group_value
),
pooled as (
    select
        g.respondent, g.item, g.words, g.attribute, g.min_writers, g.shuffle_key,
        w.n < g.min_writers as is_pooled,
        case when w.n < g.min_writers then 'all others' else g.group_value end as group_value
    from grouped as g
    inner join writers as w on w.group_value = g.group_value
),
counted as (
    select attribute, group_value, count(distinct respondent) as n
    from pooled
    group by attribute, group_value
)
select
    cast('' as varchar) as team,
    cast(p.attribute as varchar) as attribute,
    cast(p.group_value as varchar) as group_value,
    cast(row_number() over (
        partition by p.attribute, p.group_value
        order by shuffled(p.shuffle_key, p.words) asc nulls last,
            p.words asc nulls last, p.item asc nulls last) as bigint) as list_no,
    cast(coalesce(p.item, '') as varchar) as series,
    cast(null as date) as period_start,
    cast(c.n as bigint) as n,
    cast(p.words as varchar) as words,
    cast(p.is_pooled as boolean) as is_pooled,
    cast(p.min_writers as bigint) as least,
    cast(false as boolean) as is_public
from pooled as p
inner join counted as c on c.attribute = p.attribute and c.group_value = p.group_value
