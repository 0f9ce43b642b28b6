/*---
description = "Share of girls among fourth-year pupils of bl, kl and gl who go on to a technical mbo programme, by profile (table B3.20 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "profiel"]
partition = ["schooljaar"]
audits = [
  { not_null = ["sector", "meisjes", "leerlingen", "aandeel"] },
  { expression = "meisjes <= leerlingen" },
]

[inputs]
"core.vervolg" = "same"

[columns]
schooljaar = "School year of the fourth year"
profiel = "Profile"
sector = "techniek or niet-techniek"
meisjes = "Girls"
leerlingen = "Pupils who are in an mbo programme with the techniek-indicatie on the next 1 October, each counted once"
aandeel = "Share of meisjes in leerlingen, percent"
---*/
select
    schooljaar,
    profiel,
    sector,
    count(case when geslacht = 'VROUW' then 1 end) as meisjes,
    count(*) as leerlingen,
    100.0 * count(case when geslacht = 'VROUW' then 1 end) / count(*) as aandeel
from core.vervolg
where leerweg in ('bl', 'kl', 'gl')
  and sector in ('techniek', 'niet-techniek')
  and techniek
group by schooljaar, profiel, sector
