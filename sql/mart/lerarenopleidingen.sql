/*---
description = "Entrants and graduates of the six teacher-training programmes that most teachers of technical profiles followed (figure B4.10 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "opleiding"]
partition = ["schooljaar"]
audits = [
  { expression = "instroom >= 0 and gediplomeerden >= 0" },
]

[columns]
schooljaar = "Year of study"
opleiding = "Programme, or `totaal`"
instroom = "Entrants of the bachelor; null in a year without the number, and in the total of a year in which a programme has none"
gediplomeerden = "Graduates; null in the same way"
---*/
select studiejaar as schooljaar, opleiding, cast(instroom as bigint) as instroom, cast(gediplomeerden as bigint) as gediplomeerden
from staging.duo_lerarenopleidingen
union all
select
    studiejaar as schooljaar,
    'totaal' as opleiding,
    case when count(instroom) = count(*) then sum(instroom) end as instroom,
    case when count(gediplomeerden) = count(*) then sum(gediplomeerden) end as gediplomeerden
from staging.duo_lerarenopleidingen
group by studiejaar
