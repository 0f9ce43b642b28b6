/*---
description = "Fourth-year pupils of bl, kl and gl who go on to mbo, and the share of them in a programme with the techniek-indicatie (table B3.19 and figure B3.10 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "profiel"]
partition = ["schooljaar"]
audits = [
  { not_null = ["sector", "doorstroom_mbo", "techniek", "aandeel_techniek"] },
  { expression = "techniek <= doorstroom_mbo" },
]

[inputs]
"core.vervolg" = "same"

[[disclosure.shares]]
share = "aandeel_techniek"
numerator = "techniek"
denominator = "doorstroom_mbo"

[columns]
schooljaar = "School year of the fourth year"
profiel = "Profile"
sector = "techniek or niet-techniek"
doorstroom_mbo = "Pupils who are in mbo on the next 1 October, each counted once"
techniek = "Of those: in a programme that DUO calls technical"
aandeel_techniek = "Share of techniek in doorstroom_mbo, percent"
---*/
select
    schooljaar,
    profiel,
    sector,
    count(*) as doorstroom_mbo,
    count(case when techniek then 1 end) as techniek,
    100.0 * count(case when techniek then 1 end) / count(*) as aandeel_techniek
from core.vervolg
where leerweg in ('bl', 'kl', 'gl')
  and sector in ('techniek', 'niet-techniek')
  and bestemming in ('mbo bol', 'mbo bbl')
group by schooljaar, profiel, sector
