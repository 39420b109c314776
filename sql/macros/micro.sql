-- why: An answer in millionths, whole: what people answer has at most six digits after the point.
create macro micro(x) as
    cast(round(cast(x as double) * 1000000) as bigint)
