-- grain: one row per field and pair of coders
-- key: field, coder_a, coder_b
-- feature: O11, N10
-- reads: fct_coder_confusion
-- why: How far two coders agree beyond chance (Cohen's kappa), and how far the customer's own
--   words agree with the code. The standard error is the simple one of Cohen 1960, sqrt(po (1 - po)
--   / n) / (1 - pe).
-- columns:
--   field varchar: reason or demand
--   coder_a varchar: coder; the customer, or else the first of the two by name
--   coder_b varchar: the other coder
--   contacts bigint: contacts that both coded
--   agreed bigint: of these, with the same code
--   agreement double: agreed / contacts, 0 to 1
--   expected double: agreement that would come about by chance, 0 to 1
--   kappa double: (agreement - expected) / (1 - expected); null where both use one code only
--   low double: lower end of its 95 % interval, not below -1; null where all agree or none
--   high double: upper end of its 95 % interval, not above 1; null likewise
--   is_stated_intent boolean: coder_a is the customer
with cells as (
    select field, coder_a, coder_b, code_a, code_b, contacts, is_stated_intent
    from fct_coder_confusion
),
totals as (
    select
        field, coder_a, coder_b, is_stated_intent, sum(contacts) as n,
        coalesce(sum(contacts) filter (where code_a = code_b), 0) as n_agreed
    from cells
    group by field, coder_a, coder_b, is_stated_intent
),
by_a as (
    select field, coder_a, coder_b, code_a as code, sum(contacts) as n
    from cells
    group by field, coder_a, coder_b, code_a
),
by_b as (
    select field, coder_a, coder_b, code_b as code, sum(contacts) as n
    from cells
    group by field, coder_a, coder_b, code_b
),
chances as (
    select a.field, a.coder_a, a.coder_b, sum(exact(a.n) * exact(b.n)) as products
    from by_a as a
    inner join by_b as b on b.field = a.field and b.coder_a = a.coder_a and b.coder_b = a.coder_b and b.code = a.code
    group by a.field, a.coder_a, a.coder_b
),
measured as (
    select
        t.field, t.coder_a, t.coder_b, t.is_stated_intent, t.n, t.n_agreed, safe_div(t.n_agreed, t.n) as po,
        safe_div(coalesce(c.products, 0), exact(t.n) * exact(t.n)) as pe
    from totals as t
    left join chances as c on c.field = t.field and c.coder_a = t.coder_a and c.coder_b = t.coder_b
),
final as (
    select
        field, coder_a, coder_b, is_stated_intent, n, n_agreed, po, pe, safe_div(po - pe, 1 - pe) as kappa,
        safe_div(sqrt(safe_div(po * (1 - po), n)), 1 - pe) as se
    from measured
)
select
    cast(field as varchar) as field,
    cast(coder_a as varchar) as coder_a,
    cast(coder_b as varchar) as coder_b,
    cast(n as bigint) as contacts,
    cast(n_agreed as bigint) as agreed,
    cast(po as double) as agreement,
    cast(pe as double) as expected,
    cast(kappa as double) as kappa,
    case when po > 0 and po < 1 then cast(greatest(-1, kappa - 1.959963984540054 * se) as double) end as low,
    case when po > 0 and po < 1 then cast(least(1, kappa + 1.959963984540054 * se) as double) end as high,
    cast(is_stated_intent as boolean) as is_stated_intent
from final
