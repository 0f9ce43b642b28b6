/*---
description = "Sectors that teachers of technical and of other profiles worked in 2 and 5 years before, of those who worked outside education (figures B4.9b and B4.20 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "sector", "jaren_terug", "samengestelde_sector"]
partition = ["schooljaar"]
audits = [
  { not_null = ["personen", "lesgevenden", "aandeel"] },
  { accepted = { column = "samengestelde_sector", values = ["Primair, industrie, energie en bouw", "Winkel en horeca", "Zakelijke dienstverlening en informatie", "Overheid en zorg", "Overig"] } },
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
jaren_terug = "Calendar years back, 2 or 5"
samengestelde_sector = "Composite sector of the main job (table B4.4)"
personen = "Teachers whose main job was in the sector"
lesgevenden = "Teachers of the cohort in another sector than education"
aandeel = "Share of personen in lesgevenden, percent"
---*/
with geteld as (
    select l.schooljaar, g.sector, l.jaren_terug, l.sector as samengestelde_sector, count(*) as personen
    from core.loopbaan l
    join core.lesgevende_groep g on g.schooljaar = l.schooljaar and g.persoon = l.persoon
    where g.profiel = 'totaal ' || g.sector
      and l.situatie = 'andere sector'
    group by l.schooljaar, g.sector, l.jaren_terug, l.sector
)
select
    schooljaar,
    sector,
    jaren_terug,
    samengestelde_sector,
    personen,
    sum(personen) over (partition by schooljaar, sector, jaren_terug) as lesgevenden,
    100.0 * personen / sum(personen) over (partition by schooljaar, sector, jaren_terug) as aandeel
from geteld
