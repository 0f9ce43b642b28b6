/*---
description = "Where teachers teach a profile: one row per person, school (BRIN) and profile, and once more in the total of technical and in that of other profiles"
owner = "onderwijsdata"
grain = ["schooljaar", "persoon", "brin", "profiel"]
partition = ["schooljaar"]
audits = [
  { not_null = ["sector", "uren"] },
  { expression = "uren > 0" },
]

[inputs]
"staging.ipto_lessen" = "same"
"core.lesgevende" = "same"

[columns]
schooljaar = "School year of the reference date 1 October"
persoon = "Pseudonym of the teacher"
brin = "School (institution) code, four characters; lessons are known by school, not by site"
profiel = "A profile, `totaal techniek` or `totaal niet-techniek`"
sector = "techniek or niet-techniek"
uren = "Hours a week taught at the school in the profile, in bl, kl and gl"
---*/
with per_school as (
    select
        l.schooljaar,
        l.persoon,
        l.brin,
        p.profiel,
        p.sector,
        l.uren
    from core.lesgevende p
    join ref.vakgroepen g on g.profiel = p.profiel
    join staging.ipto_lessen l
        on l.schooljaar = p.schooljaar
        and l.persoon = p.persoon
        and l.vakcode = g.vakcode
    where g.groep = 'profiel'
      and l.leerweg in ('bl', 'kl', 'gl')
      and l.uren > 0
)
select schooljaar, persoon, brin, profiel, sector, sum(uren) as uren
from per_school
group by schooljaar, persoon, brin, profiel, sector
union all
select schooljaar, persoon, brin, 'totaal ' || sector as profiel, sector, sum(uren) as uren
from per_school
group by schooljaar, persoon, brin, sector
