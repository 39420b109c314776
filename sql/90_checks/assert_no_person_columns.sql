-- grain: one row per published column that describes single people
-- key: relation, name
-- reads: raw_column
-- why: Person-level rows end in staging and intermediate. raw_column marks every column that names
--   or describes one person, one answer or one contact.
-- severity: stop
-- fix: This is a fault of the program, not of the data: take the column out of the mart.
-- columns:
--   relation varchar: mart
--   name varchar: column
select
    cast(relation as varchar) as relation,
    cast(name as varchar) as name
from raw_column
where layer = '30_marts' and is_personal
