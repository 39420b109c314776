-- why: A key that puts texts into an order that says nothing about when or by whom they were
--   written, the same in every run. It takes a secret: who guesses what somebody wrote could
--   otherwise work out where in the list it would stand if it were there.
create macro shuffled(secret, words) as
    md5(coalesce(secret, '') || words)
