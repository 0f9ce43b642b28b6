/*---
description = "Whose situation in which calendar year is asked for: teachers in the year of their reference date, 2 and 5 years before"
owner = "onderwijsdata"
grain = ["jaar", "persoon"]
partition = ["jaar"]
audits = [
  { not_null = ["persoon"] },
  { name = "gekoppeld", not_null = ["rin"], severity = "warning" },
]

[columns]
jaar = "Calendar year"
persoon = "Pseudonym of the teacher"
rin = "Pseudonym made of the number of CBS; null without a link that is one to one"
---*/
with gevraagd as (
    select distinct
        cast(kalenderjaar_terug(l.schooljaar, t.jaren_terug) as varchar) as jaar,
        l.persoon
    from core.lesgevende l
    cross join (values (0), (2), (5)) as t (jaren_terug)
)
select g.jaar, g.persoon, k.rin
from gevraagd g
left join core.persoon k on k.persoon = g.persoon
