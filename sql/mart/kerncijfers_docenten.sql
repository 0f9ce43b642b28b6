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
with verandering as (
    select schooljaar, substr(profiel, 8) as sector, maat, verandering_2017
    from mart.lesgevenden_verandering
    where profiel in ('totaal techniek', 'totaal niet-techniek')
)
select
    p.schooljaar,
    substr(p.profiel, 8) as sector,
    p.personen,
    vp.verandering_2017 as verandering_personen_2017,
    p.fte,
    vf.verandering_2017 as verandering_fte_2017,
    l.personen as uit_andere_sector,
    l.aandeel as aandeel_uit_andere_sector
from mart.lesgevenden_per_profiel p
left join verandering vp
    on vp.schooljaar = p.schooljaar and vp.sector = substr(p.profiel, 8) and vp.maat = 'personen'
left join verandering vf
    on vf.schooljaar = p.schooljaar and vf.sector = substr(p.profiel, 8) and vf.maat = 'fte'
left join mart.loopbaan_lesgevenden l
    on l.schooljaar = p.schooljaar
    and l.sector = substr(p.profiel, 8)
    and l.jaren_terug = 5
    and l.situatie = 'andere sector'
where p.profiel in ('totaal techniek', 'totaal niet-techniek')
