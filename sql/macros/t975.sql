-- why: 97.5 % point of Student's t. Up to 10 degrees of freedom as tabled (R: qt(.975, 1:10)),
--   above them by the expansion of Abramowitz and Stegun 26.7.5, which is within 0.000005 from 11
--   on.
create macro t975(df) as
    case cast(df as bigint)
        when 1 then 12.706204736174699
        when 2 then 4.302652729749462
        when 3 then 3.182446305283711
        when 4 then 2.776445105197793
        when 5 then 2.570581835636314
        when 6 then 2.446911851144969
        when 7 then 2.364624251592784
        when 8 then 2.306004135204166
        when 9 then 2.262157162798205
        when 10 then 2.228138851986274
        else case when df > 10 then
            1.959963984540054
            + 2.372271230298562 / df
            + 2.822498615739611 / power(df, 2)
            + 2.555849679507722 / power(df, 3)
            + 1.589534053393822 / power(df, 4)
        end
    end
