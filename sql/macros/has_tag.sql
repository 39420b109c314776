-- why: Whether a list of tags parted by ; holds a tag. Case and blanks around a tag do not count.
create macro has_tag(tags, tag) as
    (';' || replace(lower(coalesce(tags, '')), '; ', ';') || ';') like ('%;' || lower(tag) || ';%')
