/*---
description = "Change in technical and in non-technical third-year pupils in bl and kl by STO-regio, on the school year before (figure B3.4 of the monitor) and on 2018-2019 (figure B3.11)"
owner = "onderwijsdata"
grain = ["schooljaar", "regio", "vergelijking"]
partition = ["schooljaar"]
audits = [
  { not_null = ["techniek", "niet_techniek"] },
]

[inputs]
"core.regio_verandering" = "same"

[disclosure]
blank = "clusterletter"

[[disclosure.counts]]
column = "techniek"
blank = "verandering_techniek"

[[disclosure.counts]]
column = "techniek_toen"
blank = "verandering_techniek"

[[disclosure.counts]]
column = "niet_techniek"
blank = "verandering_niet_techniek"

[[disclosure.counts]]
column = "niet_techniek_toen"
blank = "verandering_niet_techniek"

[columns]
schooljaar = "School year of the reference date 1 October"
regio = "STO-regio; sites outside every region are left out"
vergelijking = "`vorig jaar` or `2018-2019`"
techniek = "Technical pupils"
techniek_toen = "Technical pupils in the year compared with; null without the region in that year"
verandering_techniek = "Change of techniek on techniek_toen, percent; null where techniek_toen is null or 0"
niet_techniek = "Pupils in a profile that is not technical"
niet_techniek_toen = "Pupils in a profile that is not technical in the year compared with; null without the region in that year"
verandering_niet_techniek = "Change of niet_techniek on niet_techniek_toen, percent; null where niet_techniek_toen is null or 0"
clusterletter = "By the numbers, where no change counts as growth. A: neither fell; B: both fell; C: technical did not fall, non-technical fell; D: technical fell, non-technical did not; null without the region in the year compared with"
---*/
select
    schooljaar,
    regio,
    vergelijking,
    techniek,
    techniek_toen,
    100.0 * (techniek - techniek_toen) / nullif(techniek_toen, 0) as verandering_techniek,
    niet_techniek,
    niet_techniek_toen,
    100.0 * (niet_techniek - niet_techniek_toen) / nullif(niet_techniek_toen, 0) as verandering_niet_techniek,
    clusterletter
from core.regio_verandering
