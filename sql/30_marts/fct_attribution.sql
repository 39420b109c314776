-- grain: one row per dataset and way in which its rows found their team, or did not
-- key: dataset, way
-- reads: int_handling__judged
-- feature: N11, N13
-- edges: zero (a way that is there was counted)
-- why: Who is named by the source and who is found by the roster are counted apart, and so is where
--   the two disagree: the configuration says which of them counts (attribution.handled_by).
-- columns:
--   dataset varchar: contacts or feedback
--   way varchar: named (the source names the team and no agent), agreed (the roster says the same),
--     disagreed (the roster says another team), unconfirmed (named, and the roster has no team of
--     the agent on that day), found (by the roster alone), missed (an agent whom the roster has in no
--     team on that day) or nothing (neither team nor agent)
--   n bigint: contacts, or answers to a question, of the window
--   n_all bigint: of the dataset, in the window
--   share double: n of n_all, 0 to 1
with judged as (
    select dataset, way, n
    from int_handling__judged
),
counted as (
    select dataset, way, sum(n) as n
    from judged
    group by dataset, way
),
totals as (
    select dataset, sum(n) as n_all
    from judged
    group by dataset
)
select
    cast(c.dataset as varchar) as dataset,
    cast(c.way as varchar) as way,
    cast(c.n as bigint) as n,
    cast(t.n_all as bigint) as n_all,
    safe_div(c.n, t.n_all) as share
from counted as c
inner join totals as t on t.dataset = c.dataset
