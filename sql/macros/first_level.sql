-- why: The first level of a reason path whose levels are parted by /.
create macro first_level(path) as
    split_part(path, '/', 1)
