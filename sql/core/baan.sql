/*---
description = "Jobs of teachers in the calendar years looked back to, added up by employer"
owner = "onderwijsdata"
grain = ["jaar", "persoon", "beid"]
partition = ["jaar"]
audits = [
  { not_null = ["uren", "loon", "vast"] },
]

[inputs]
"core.terugblik" = "same"
"staging.cbs_spolisbus" = "same"

[columns]
jaar = "Calendar year"
persoon = "Pseudonym of the teacher"
beid = "Pseudonym of the employer; null where no employer is known, all such jobs together"
uren = "Regular hours in the year"
loon = "Regular wage in the year, euro"
vast = "Whether any period of the job has a permanent contract"
---*/
-- The few that are asked for stand on the left: they are what a join holds, and the jobs stream past.
select
    t.jaar,
    t.persoon,
    b.beid,
    sum(b.basisuren) as uren,
    sum(b.basisloon) as loon,
    bool_or(b.contractsoort = 'O') as vast
from core.terugblik t
join staging.cbs_spolisbus b on b.jaar = t.jaar and b.rin = t.rin
group by t.jaar, t.persoon, b.beid
