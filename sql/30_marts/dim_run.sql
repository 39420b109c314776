-- grain: one row
-- key: none
-- feature: L7
-- reads: raw_run
-- why: Everything that a number of this warehouse depends on besides the rows that came in.
-- columns:
--   grain varchar: length of a period: day, week (ISO), month, quarter or year
--   zone varchar: business time zone, IANA name
--   from_on date: first civil date of the analysis; null if unbounded
--   to_on date: first civil date after the analysis; null if unbounded
--   min_group integer: smallest number of respondents that was released
--   repeat_key varchar: fields that make two contacts the same matter, parted by commas
--   repeat_days integer: window of a repeat contact [civil days]
--   catalog_hash varchar: SHA-256 of the catalogue
--   sql_hash varchar: SHA-256 of the relations
select
    cast(grain as varchar) as grain,
    cast(zone as varchar) as zone,
    cast(from_on as date) as from_on,
    cast(to_on as date) as to_on,
    cast(min_group as integer) as min_group,
    cast(repeat_key as varchar) as repeat_key,
    cast(repeat_days as integer) as repeat_days,
    cast(catalog_hash as varchar) as catalog_hash,
    cast(sql_hash as varchar) as sql_hash
from raw_run
