/*---
description = "Forecast of the graduates of the six teacher-training programmes together, three years ahead, by LASSO on intake and graduates of 2 to 6 years before (figure B4.10 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar"]
partition = ["schooljaar"]
audits = [
  { expression = "jaren >= 0" },
]

[columns]
schooljaar = "Year of study, after the last of which the graduates are known"
gediplomeerden = "Graduates forecast, not rounded; null with fewer than 3 years to learn from"
fout = "Root mean square of what a known year is missed by when the others predict it, graduates"
straf = "Penalty of the regression; 0 where graduates never varied"
jaren = "Years learnt from"
---*/
select
    f['jaar'] as schooljaar,
    f['waarde'] as gediplomeerden,
    f['fout'] as fout,
    f['straf'] as straf,
    f['jaren'] as jaren
from (
    select unnest(lasso_voorspelling(schooljaar, instroom, gediplomeerden)) as f
    from mart.lerarenopleidingen
    where opleiding = 'totaal'
) v
