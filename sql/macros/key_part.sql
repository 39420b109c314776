-- why: A field of a key such that the parts of two keys written one after the other are the same only if every field is.
create macro key_part(x) as
    cast(length(x) as varchar) || ':' || x || ' '
