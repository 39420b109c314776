-- why: Within a group, the value of the latest version that has one. A version without a value
--   undoes nothing.
create macro latest_known(x, version_no) as
    max_by(x, version_no) filter (where x is not null)
