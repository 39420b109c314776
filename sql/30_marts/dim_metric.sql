-- grain: one row per metric of the catalogue
-- key: metric
-- feature: L6, L7
-- reads: cat_metric
-- why: A number without its definition is a rumour; the definition lies beside it.
-- columns:
--   metric varchar: id
--   version integer: revision of the definition
--   name varchar: name shown
--   side varchar: inside (conditions of the organisation) or outside (what customers meet)
--   kind varchar: formula
--   unit varchar: unit of the value
--   direction varchar: higher, lower or neither is better
--   scale_low double: lowest answer or value; null if unbounded
--   scale_high double: highest answer or value; null if unbounded
--   top_from double: answers from here on are favourable; null where nothing is cut
--   bottom_to double: answers up to here are unfavourable; null where nothing is cut
--   measure varchar: measure averaged
--   numerator varchar: measure added up above the line
--   denominator varchar: measure added up below the line
--   definition varchar: the definition in words
--   owner varchar: who answers for it
--   is_complement boolean: one minus the ratio is meant
--   is_public boolean: declared as published already by its source
select
    cast(metric as varchar) as metric,
    cast(version as integer) as version,
    cast(name as varchar) as name,
    cast(side as varchar) as side,
    cast(kind as varchar) as kind,
    cast(unit as varchar) as unit,
    cast(direction as varchar) as direction,
    cast(lo as double) as scale_low,
    cast(hi as double) as scale_high,
    cast(top_from as double) as top_from,
    cast(bottom_to as double) as bottom_to,
    cast(measure as varchar) as measure,
    cast(numerator as varchar) as numerator,
    cast(denominator as varchar) as denominator,
    cast(definition as varchar) as definition,
    cast(owner as varchar) as owner,
    cast(is_complement as boolean) as is_complement,
    cast(is_public as boolean) as is_public
from cat_metric
