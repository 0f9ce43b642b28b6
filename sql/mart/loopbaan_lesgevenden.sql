/*---
description = "What teachers of technical and of other profiles did 2 and 5 years before: studying, working in education, in another sector, unknown (figures B4.9a and B4.19 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "sector", "jaren_terug", "situatie"]
partition = ["schooljaar"]
audits = [
  { not_null = ["personen", "lesgevenden", "aandeel"] },
  { accepted = { column = "sector", values = ["techniek", "niet-techniek"] } },
  { accepted = { column = "situatie", values = ["studerend", "onderwijs", "andere sector", "onbekend"] } },
]

[inputs]
"core.lesgevende_groep" = "same"
"core.loopbaan" = "same"

[[disclosure.shares]]
share = "aandeel"
numerator = "personen"
denominator = "lesgevenden"

[columns]
schooljaar = "School year of the reference date 1 October: the cohort"
sector = "Profiles taught: techniek or niet-techniek; who teaches in both counts in both"
jaren_terug = "Calendar years back, 2 or 5: of 2022-2023 to 2020 and 2017"
situatie = "studerend, onderwijs, andere sector, or onbekend: no job as an employee, an employer without sector, or no link with CBS"
personen = "Teachers in that situation"
lesgevenden = "Teachers of the cohort"
aandeel = "Share of personen in lesgevenden, percent"
---*/
with geteld as (
    select l.schooljaar, g.sector, l.jaren_terug, l.situatie, count(*) as personen
    from core.loopbaan l
    join core.lesgevende_groep g on g.schooljaar = l.schooljaar and g.persoon = l.persoon
    where g.profiel = 'totaal ' || g.sector
    group by l.schooljaar, g.sector, l.jaren_terug, l.situatie
)
select
    schooljaar,
    sector,
    jaren_terug,
    situatie,
    personen,
    sum(personen) over (partition by schooljaar, sector, jaren_terug) as lesgevenden,
    100.0 * personen / sum(personen) over (partition by schooljaar, sector, jaren_terug) as aandeel
from geteld
