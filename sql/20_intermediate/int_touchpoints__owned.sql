-- grain: one row per touchpoint and owner
-- key: touchpoint, owner
-- side: shared
-- reads: int_contacts__attributed, int_feedback__attributed, stg_teams, cat_touchpoint
-- keep: table
-- why: Who owns a touchpoint: the catalogue where it says so, else every team whose latest row in
--   the list of teams names it. Two owners are two rows; what is counted by owner says so.
with met as (
    select touchpoint from int_contacts__attributed where touchpoint is not null
    union
    select touchpoint from int_feedback__attributed where touchpoint is not null
    union
    select touchpoint from cat_touchpoint
),
declared as (
    select touchpoint, owner
    from cat_touchpoint
    where owner is not null
),
teams as (
    select team, touchpoints, row_number() over (partition by team order by valid_from desc nulls last) as latest_rank
    from stg_teams
),
owned as (
    select m.touchpoint, coalesce(d.owner, t.team) as owner
    from met as m
    left join declared as d on d.touchpoint = m.touchpoint
    left join teams as t on d.owner is null and t.latest_rank = 1 and has_tag(t.touchpoints, m.touchpoint)
)
select distinct
    cast(touchpoint as varchar) as touchpoint,
    cast(owner as varchar) as owner
from owned
where owner is not null
