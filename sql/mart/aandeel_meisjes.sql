/*---
description = "Share of girls among third-year vmbo pupils by leerweg and profile (table B3.13 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "leerweg", "profiel"]
partition = ["schooljaar"]
audits = [
  { not_null = ["sector", "meisjes", "onbekend", "leerlingen"] },
  { expression = "meisjes + onbekend <= leerlingen" },
]

[inputs]
"core.inschrijving" = "same"

[disclosure]
count = ["onbekend", "leerlingen"]
unpublished = "bekend"

[[disclosure.shares]]
share = "aandeel"
numerator = "meisjes"
denominator = "bekend"

[columns]
schooljaar = "School year of the reference date 1 October"
leerweg = "bl, kl or gl"
profiel = "Profile"
sector = "techniek or niet-techniek"
meisjes = "Girls"
onbekend = "Pupils whose sex is unknown"
bekend = "Pupils whose sex is known: the denominator; not published"
leerlingen = "All pupils, those whose sex is unknown too; a pupil at two sites counts once"
aandeel = "Share of girls among the pupils whose sex is known, percent; null where it is known of nobody"
---*/
with personen as (
    select
        schooljaar,
        leerweg,
        profiel,
        sector,
        persoon,
        bool_or(geslacht = 'VROUW') as meisje
    from core.inschrijving
    where leerjaar = 3
      and leerweg in ('bl', 'kl', 'gl')
      and sector in ('techniek', 'niet-techniek')
    group by schooljaar, leerweg, profiel, sector, persoon
)
select
    schooljaar,
    leerweg,
    profiel,
    sector,
    count(case when meisje then 1 end) as meisjes,
    count(case when meisje is null then 1 end) as onbekend,
    count(meisje) as bekend,
    count(*) as leerlingen,
    100.0 * count(case when meisje then 1 end) / nullif(count(meisje), 0) as aandeel
from personen
group by schooljaar, leerweg, profiel, sector
