-- why: A key that puts texts into an order that says nothing about when or by whom they were
--   written, the same in every run.
create macro shuffled(words) as
    md5(words)
