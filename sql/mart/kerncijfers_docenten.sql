/*---
description = "Headlines on teachers: persons and fte and their change on 2017-2018, and who worked outside education five years before (chapter 7 of the monitor and the letter to parliament)"
owner = "onderwijsdata"
grain = ["schooljaar", "sector"]
partition = ["schooljaar"]
audits = [
  { accepted = { column = "sector", values = ["techniek", "niet-techniek"] } },
]

[columns]
schooljaar = "School year of the reference date 1 October"
sector = "Profiles taught: techniek or niet-techniek"
personen = "Teachers; null where it is withheld, as all numbers here"
verandering_personen_2017 = "Change of personen on 2017-2018, percent, one decimal"
fte = "Full-time equivalents"
verandering_fte_2017 = "Change of fte on 2017-2018, percent, one decimal"
uit_andere_sector = "Teachers who worked outside education five years before"
aandeel_uit_andere_sector = "Their share in the teachers of the cohort, percent"
---*/
-- Made of what is published: a number that is withheld is not here either.
with totalen as (
    select schooljaar, substr(profiel, 8) as sector, personen, fte
    from mart.lesgevenden_per_profiel
    where profiel in ('totaal techniek', 'totaal niet-techniek')
)
select
    t.schooljaar,
    t.sector,
    t.personen,
    cast(round(100.0 * (t.personen - e.personen) / nullif(e.personen, 0), 1) as decimal(12, 1)) as verandering_personen_2017,
    t.fte,
    cast(round(100.0 * cast(t.fte - e.fte as double) / nullif(cast(e.fte as double), 0), 1) as decimal(12, 1)) as verandering_fte_2017,
    l.personen as uit_andere_sector,
    l.aandeel as aandeel_uit_andere_sector
from totalen t
left join totalen e on e.schooljaar = '2017-2018' and e.sector = t.sector
left join mart.loopbaan_lesgevenden l
    on l.schooljaar = t.schooljaar
    and l.sector = t.sector
    and l.jaren_terug = 5
    and l.situatie = 'andere sector'
