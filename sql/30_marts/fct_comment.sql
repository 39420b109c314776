-- grain: one row per group of employees and comment that may be read
-- key: attribute, group_value, list_no
-- reads: rel_comment
-- feature: E7
-- why: In their own words, to be read and not summarised: only where at least ten people of the
--   group wrote (or as many as the catalogue asks for), without date or person, in an order that
--   tells nothing, and by one attribute only. Words of who asked that nobody reads them are not
--   here. What people write may still give them away; that cannot be told by a program, so a comment
--   is published only if the source's mapping names the field. This is all there is to search: what
--   is not here is in no published file.
-- columns:
--   attribute varchar: what employees are told apart by: team, or an attribute of the catalogue
--   group_value varchar: group; "all others" holds the groups in which too few wrote
--   list_no bigint: position in the shuffled list, from 1
--   item varchar: question that was answered; null where the remark is about the whole survey
--   words varchar: what was written, as it was written
--   n_writers bigint: people of the group who wrote
--   is_pooled boolean: groups in which too few wrote, put together
select
    cast(attribute as varchar) as attribute,
    cast(group_value as varchar) as group_value,
    cast(list_no as bigint) as list_no,
    cast(nullif(series, '') as varchar) as item,
    cast(words as varchar) as words,
    cast(n as bigint) as n_writers,
    cast(is_pooled as boolean) as is_pooled
from rel_comment
