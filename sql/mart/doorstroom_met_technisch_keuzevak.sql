/*---
description = "Fourth-year pupils of bl, kl and gl with at least one exam in a technical elective or module who go on to mbo, and the share of them in a technical programme (figure B3.14 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "profiel"]
partition = ["schooljaar"]
audits = [
  { not_null = ["doorstroom_mbo", "techniek", "aandeel_techniek"] },
  { expression = "techniek <= doorstroom_mbo" },
]

[inputs]
"core.vervolg" = "same"
"core.examen" = "same"

[[disclosure.shares]]
share = "aandeel_techniek"
numerator = "techniek"
denominator = "doorstroom_mbo"

[disclosure.totals.profiel]
"totaal techniek" = ["BWI", "MaT", "MVI", "M&T", "PIE"]
"totaal niet-techniek" = ["D&P", "E&O", "Groen", "HBR", "Z&W"]

[columns]
schooljaar = "School year of the fourth year and of the exams"
profiel = "Profile of the pupil, or `totaal techniek`, `totaal niet-techniek`"
doorstroom_mbo = "Pupils with at least one exam in an elective or module that a technical profile offers, who are in mbo on the next 1 October; each counted once"
techniek = "Of those: in a programme that DUO calls technical"
aandeel_techniek = "Share of techniek in doorstroom_mbo, percent"
---*/
with technisch as (
    select distinct schooljaar, persoon
    from core.examen
    where aanbiedende_sector = 'techniek'
), doorstroom as (
    select v.schooljaar, v.profiel, v.sector, v.techniek
    from core.vervolg v
    join technisch t on t.schooljaar = v.schooljaar and t.persoon = v.persoon
    where v.leerweg in ('bl', 'kl', 'gl')
      and v.sector in ('techniek', 'niet-techniek')
      and v.bestemming in ('mbo bol', 'mbo bbl')
), rijen as (
    select schooljaar, profiel as rij, techniek from doorstroom
    union all
    select schooljaar, 'totaal ' || sector as rij, techniek from doorstroom
)
select
    schooljaar,
    rij as profiel,
    count(*) as doorstroom_mbo,
    count(case when techniek then 1 end) as techniek,
    100.0 * count(case when techniek then 1 end) / count(*) as aandeel_techniek
from rijen
group by schooljaar, rij
