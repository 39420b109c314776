-- grain: one row per team and period, and one per period for all teams
-- key: team, period_start
-- feature: N10
-- reads: int_reasons__counted, raw_run
-- why: Reason codes rot: into other, into many codes that each mean little, into another use than
--   last period's. effective_codes is the number of codes that would be as mixed if all were used
--   alike, 1 / sum p^2. drift is half the sum of the differences of shares from the period before, 0
--   (the same mix) to 1 (no code in common), over codes of the newest taxonomy, so that a change of
--   taxonomy that maps its codes is no drift.
-- columns:
--   team varchar: team that took the contacts; (all) for all of them, contacts without a team included
--   period_start date: first civil date of the period, business zone
--   contacts bigint: contacts that began in the period
--   without_reason bigint: of these, without a reason
--   other bigint: of those with a reason, with one that says nothing
--   other_share double: other / contacts with a reason, 0 to 1
--   other_low double: lower end of its 95 % Wilson interval
--   other_high double: upper end of its 95 % Wilson interval
--   unlisted bigint: contacts with a code that is not in the taxonomy in force
--   codes bigint: codes in use
--   effective_codes double: 1 / sum of squared shares
--   drift double: difference of the mix from the period before, 0 to 1; null after a gap
with counts as (
    select team, period_start, reason, now_reason, n, is_other, is_unlisted
    from int_reasons__counted
),
run as (
    select grain
    from raw_run
),
spread as (
    select team, period_start, reason, now_reason, n, is_other, is_unlisted from counts where team is not null
    union all
    select '(all)', period_start, reason, now_reason, n, is_other, is_unlisted from counts
),
sums as (
    select
        team, period_start, sum(n) as n, coalesce(sum(n) filter (where reason = '(none)'), 0) as n_without,
        coalesce(sum(n) filter (where is_other and reason <> '(none)'), 0) as n_other,
        coalesce(sum(n) filter (where is_unlisted), 0) as n_unlisted
    from spread
    group by team, period_start
),
mixes as (
    select team, period_start, now_reason, sum(n) as n
    from spread
    where reason <> '(none)'
    group by team, period_start, now_reason
),
widths as (
    select team, period_start, count(*) as n_codes, sum(n) as n, sum(exact(n) * exact(n)) as squares
    from mixes
    group by team, period_start
),
neighbours as ( -- run has one row; the period before, where it has reasons
    select w.team, w.period_start, w.n, b.period_start as before_start, b.n as before_n
    from widths as w
    cross join run
    inner join widths as b on b.team = w.team and next_period(b.period_start, run.grain) = w.period_start
),
compared as (
    select n.team, n.period_start, n.n as n_all, n.before_n as before_all, m.now_reason, m.n, 0 as before_n
    from neighbours as n
    inner join mixes as m on m.team = n.team and m.period_start = n.period_start
    union all
    select n.team, n.period_start, n.n, n.before_n, m.now_reason, 0, m.n
    from neighbours as n
    inner join mixes as m on m.team = n.team and m.period_start = n.before_start
),
differences as ( -- in whole numbers: |n_i * N' - n'_i * N|, over N * N'
    select
        team, period_start, n_all, before_all, now_reason, abs(exact(sum(n)) * before_all - exact(sum(before_n))
            * n_all) as difference
    from compared
    group by team, period_start, n_all, before_all, now_reason
),
drifts as (
    select team, period_start, safe_div(sum(difference), 2 * exact(n_all) * exact(before_all)) as drift
    from differences
    group by team, period_start, n_all, before_all
)
select
    cast(s.team as varchar) as team,
    cast(s.period_start as date) as period_start,
    cast(s.n as bigint) as contacts,
    cast(s.n_without as bigint) as without_reason,
    cast(s.n_other as bigint) as other,
    safe_div(s.n_other, s.n - s.n_without) as other_share,
    cast(wilson_low(s.n_other, s.n - s.n_without) as double) as other_low,
    cast(wilson_high(s.n_other, s.n - s.n_without) as double) as other_high,
    cast(s.n_unlisted as bigint) as unlisted,
    cast(coalesce(w.n_codes, 0) as bigint) as codes,
    safe_div(exact(w.n) * exact(w.n), w.squares) as effective_codes,
    cast(d.drift as double) as drift
from sums as s
left join widths as w on w.team = s.team and w.period_start = s.period_start
left join drifts as d on d.team = s.team and d.period_start = s.period_start
