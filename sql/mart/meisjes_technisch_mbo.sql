/*---
description = "Share of girls among fourth-year pupils of bl, kl and gl who go on to a technical mbo programme, by profile (table B3.20 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "profiel"]
partition = ["schooljaar"]
audits = [
  { not_null = ["sector", "meisjes", "onbekend", "leerlingen"] },
  { expression = "meisjes + onbekend <= leerlingen" },
]

[inputs]
"core.vervolg" = "same"

[columns]
schooljaar = "School year of the fourth year"
profiel = "Profile"
sector = "techniek or niet-techniek"
meisjes = "Girls"
onbekend = "Pupils whose sex is unknown"
leerlingen = "Pupils who are in an mbo programme with the techniek-indicatie on the next 1 October, each counted once; those whose sex is unknown too"
aandeel = "Share of girls among the pupils whose sex is known, percent; null where it is known of nobody"
---*/
select
    schooljaar,
    profiel,
    sector,
    count(case when geslacht = 'VROUW' then 1 end) as meisjes,
    count(*) - count(geslacht) as onbekend,
    count(*) as leerlingen,
    100.0 * count(case when geslacht = 'VROUW' then 1 end) / nullif(count(geslacht), 0) as aandeel
from core.vervolg
where leerweg in ('bl', 'kl', 'gl')
  and sector in ('techniek', 'niet-techniek')
  and techniek
group by schooljaar, profiel, sector
