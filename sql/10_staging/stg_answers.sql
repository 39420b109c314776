-- grain: one row per employee answer to one item
-- key: response, item
-- side: inside
-- reads: raw_answers
-- why: An answer that was delivered twice counts once; the latest counts; ties go to the later
--   place in the source.
with versions as (
    select
        response, item, person, team, level, answered_at, value, comment, do_not_publish,
        attributes,
        row_number() over (
            partition by response, item
            order by answered_at desc nulls last, _source desc nulls last, _stream desc nulls last,
                _position desc nulls last, value desc nulls last) as version_rank,
        count(*) over (partition by response, item) as n_rows
    from raw_answers
)
select
    cast(response as varchar) as response,
    cast(item as varchar) as item,
    cast(person as varchar) as person,
    cast(team as varchar) as team,
    cast(level as varchar) as level,
    cast(answered_at as timestamp) as answered_at,
    cast(value as double) as value,
    cast(comment as varchar) as comment,
    cast(coalesce(do_not_publish, false) as boolean) as do_not_publish,
    cast(attributes as varchar) as attributes,
    cast(n_rows as bigint) as n_rows
from versions
where version_rank = 1
