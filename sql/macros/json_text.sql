-- why: The text under a key of a flat JSON object; null where the key is absent, null, blank or the
--   object is none. Numbers come in their shortest form.
create macro json_text(doc, name) as
    nullif(trim(json_extract_string(case when json_valid(doc) then doc end, '$."' || name || '"')), '')
