/*---
description = "Everybody who teaches in bl, kl or gl, whatever the subject (text of the monitor's annex on teachers)"
owner = "onderwijsdata"
grain = ["schooljaar"]
partition = ["schooljaar"]
audits = [
  { not_null = ["personen"] },
]

[inputs]
"staging.ipto_lessen" = "same"

[disclosure]
count = "personen"

[columns]
schooljaar = "School year of the reference date 1 October"
personen = "Teachers, each counted once"
---*/
select schooljaar, count(distinct persoon) as personen
from staging.ipto_lessen
where leerweg in ('bl', 'kl', 'gl')
  and uren > 0
group by schooljaar
