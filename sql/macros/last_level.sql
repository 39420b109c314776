-- why: The last level of a reason path whose levels are parted by /.
create macro last_level(path) as
    split_part(path, '/', -1)
