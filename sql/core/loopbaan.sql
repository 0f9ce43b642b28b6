/*---
description = "Careers: what the teachers of each school year did 2 and 5 calendar years before"
owner = "onderwijsdata"
grain = ["schooljaar", "persoon", "jaren_terug"]
partition = ["schooljaar"]
audits = [
  { not_null = ["jaar", "situatie"] },
  { accepted = { column = "situatie", values = ["studerend", "onderwijs", "andere sector", "onbekend"] } },
]

[inputs]
"core.lesgevende" = "same"

[columns]
schooljaar = "School year of the reference date 1 October: the cohort"
persoon = "Pseudonym of the teacher"
jaren_terug = "2 or 5"
jaar = "Calendar year looked back to: 2022-2023 looks back to 2020 and 2017"
situatie = "studerend, onderwijs, andere sector or onbekend"
sector = "Composite sector of the main job; null for who studied"
---*/
with cohort as (
    select distinct
        l.schooljaar,
        l.persoon,
        t.jaren_terug,
        cast(kalenderjaar_terug(l.schooljaar, t.jaren_terug) as varchar) as jaar
    from core.lesgevende l
    cross join (values (2), (5)) as t (jaren_terug)
)
select c.schooljaar, c.persoon, c.jaren_terug, c.jaar, s.situatie, s.sector
from cohort c
left join core.situatie s on s.jaar = c.jaar and s.persoon = c.persoon
