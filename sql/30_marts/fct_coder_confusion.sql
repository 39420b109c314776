-- grain: one row per field, pair of coders and pair of codes
-- key: field, coder_a, coder_b, code_a, code_b
-- feature: O11, N10
-- reads: int_contacts__coded, cat_setting
-- why: What one coder called it beside what another did, of the contacts that both coded. Where
--   one of them is the customer, it is the stated intent beside the coded one.
-- columns:
--   field varchar: reason or demand
--   coder_a varchar: coder; the customer, or else the first of the two by name
--   coder_b varchar: the other coder
--   code_a varchar: code by coder_a
--   code_b varchar: code by coder_b
--   contacts bigint: contacts that were coded so
--   is_stated_intent boolean: coder_a is the customer
with codings as (
    select contact_id, coder, 'reason' as field, reason as code from int_contacts__coded where reason is not null
    union all
    select contact_id, coder, 'demand', demand from int_contacts__coded where demand is not null
),
settings as (
    select stated_by
    from cat_setting
),
pairs as ( -- settings has one row; each pair of coders once, the customer first
    select
        a.field, a.coder as coder_a, b.coder as coder_b, a.code as code_a, b.code as code_b,
        a.coder = s.stated_by as is_stated_intent
    from codings as a
    inner join codings as b on b.contact_id = a.contact_id and b.field = a.field and b.coder <> a.coder
    cross join settings as s
    where a.coder = s.stated_by or b.coder <> s.stated_by and a.coder < b.coder
)
select
    cast(field as varchar) as field,
    cast(coder_a as varchar) as coder_a,
    cast(coder_b as varchar) as coder_b,
    cast(code_a as varchar) as code_a,
    cast(code_b as varchar) as code_b,
    cast(count(*) as bigint) as contacts,
    cast(is_stated_intent as boolean) as is_stated_intent
from pairs
group by field, coder_a, coder_b, code_a, code_b, is_stated_intent
