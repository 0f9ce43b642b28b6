/*---
description = "What former pupils of bl, kl and gl think of their vmbo programme: weighted share of positive answers (tables B3.10 and B3.11 of the monitor)"
owner = "onderwijsdata"
grain = ["meting", "diplomajaar", "stelling", "sector", "leerweg"]
partition = ["meting"]
audits = [
  { not_null = ["n", "positief", "aandeel"] },
  { expression = "positief <= n and aandeel between 0 and 100" },
  { expression = "aandeel_laag <= aandeel and aandeel <= aandeel_hoog" },
]

[inputs]
"staging.svo_schoolverlaters" = "same"

[[disclosure.shares]]
share = ["aandeel", "aandeel_laag", "aandeel_hoog"]
numerator = "positief"
denominator = "n"

[columns]
meting = "Year of the survey"
diplomajaar = "School year of the diploma"
stelling = "aantrekkelijk, actueel, uitdagend (B3.10), basis_kiezen, basis_volgen, aansluiting (B3.11)"
sector = "techniek or niet-techniek"
leerweg = "bl, kl or gl"
positief = "Respondents who answer 4 or 5 of 5, to aansluiting 3 or 4 of 4; not weighted"
n = "Respondents with an answer and a weight above 0; not weighted"
aandeel = "Weighted share of positive answers, percent; who has no answer or no weight does not count"
aandeel_laag = "Lower end of the 95% interval of aandeel, percent"
aandeel_hoog = "Upper end of the 95% interval of aandeel, percent"
---*/
with respondenten as (
    select *
    from staging.svo_schoolverlaters
    where leerweg in ('bl', 'kl', 'gl')
      and sector in ('techniek', 'niet-techniek')
      and gewicht <> 0
), antwoorden as (
    select meting, diplomajaar, sector, leerweg, gewicht, 'aantrekkelijk' as stelling, aantrekkelijk >= 4 as positief from respondenten
    union all
    select meting, diplomajaar, sector, leerweg, gewicht, 'actueel' as stelling, actueel >= 4 as positief from respondenten
    union all
    select meting, diplomajaar, sector, leerweg, gewicht, 'uitdagend' as stelling, uitdagend >= 4 as positief from respondenten
    union all
    select meting, diplomajaar, sector, leerweg, gewicht, 'basis_kiezen' as stelling, basis_kiezen >= 4 as positief from respondenten
    union all
    select meting, diplomajaar, sector, leerweg, gewicht, 'basis_volgen' as stelling, basis_volgen >= 4 as positief from respondenten
    union all
    select meting, diplomajaar, sector, leerweg, gewicht, 'aansluiting' as stelling, aansluiting >= 3 as positief from respondenten
)
select
    meting,
    diplomajaar,
    stelling,
    sector,
    leerweg,
    count(case when positief then 1 end) as positief,
    count(*) as n,
    100.0 * gewogen_aandeel(positief, gewicht) as aandeel,
    100.0 * gewogen_aandeel_laag(positief, gewicht) as aandeel_laag,
    100.0 * gewogen_aandeel_hoog(positief, gewicht) as aandeel_hoog
from antwoorden
where positief is not null
group by meting, diplomajaar, stelling, sector, leerweg
