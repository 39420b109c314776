-- grain: one row per dataset, team that the source names and other team in which the roster has the
--   agent
-- key: dataset, named_team, roster_team
-- reads: int_handling__judged
-- feature: N11, N13
-- why: Where source and roster disagree somebody must say which is right. The pairs show where to
--   look: a queue that is called after another team, a move that the roster does not know.
-- columns:
--   dataset varchar: contacts or feedback
--   named_team varchar: team that the source names
--   roster_team varchar: team in which the roster has the agent on that day
--   n bigint: contacts, or answers to a question, of the window
--   first_on date: civil day of the first of them
--   last_on date: civil day of the last of them
select
    cast(dataset as varchar) as dataset,
    cast(named_team as varchar) as named_team,
    cast(roster_team as varchar) as roster_team,
    cast(sum(n) as bigint) as n,
    cast(min(first_on) as date) as first_on,
    cast(max(last_on) as date) as last_on
from int_handling__judged
where way = 'disagreed'
group by dataset, named_team, roster_team
