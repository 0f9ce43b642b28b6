/*---
description = "STO-regio's by cluster of growth and decline: technical pupils in bl and kl, their shares and changes (table B3.2 of the monitor). Sums over regions, for the rule too: a pupil in two regions of a cluster counts in both"
owner = "onderwijsdata"
grain = ["schooljaar", "vergelijking", "clusterletter"]
partition = ["schooljaar"]
audits = [
  { not_null = ["regios", "techniek", "leerlingen"] },
  { expression = "techniek <= leerlingen and techniek_bl <= leerlingen_bl" },
]

[inputs]
"core.regio_verandering" = "same"

# leerlingen less one of its parts is the other part, and less both the pupils without a profile; less those in bl it is
# those in kl. None of these may be few.
[disclosure]
unpublished = ["niet_techniek_geteld", "rest"]

[[disclosure.counts]]
column = "techniek"
blank = "verandering_techniek"

[[disclosure.counts]]
column = "techniek_toen"
blank = "verandering_techniek"

[[disclosure.counts]]
column = "rest"
blank = ["niet_techniek", "verandering_niet_techniek"]

[[disclosure.counts]]
column = "niet_techniek_toen"
blank = "verandering_niet_techniek"

[[disclosure.shares]]
share = "aandeel_techniek"
numerator = "techniek"
denominator = "leerlingen"
extremes = "show"

[[disclosure.shares]]
share = ["niet_techniek", "verandering_niet_techniek"]
numerator = "niet_techniek_geteld"
denominator = "leerlingen"
extremes = "show"

[[disclosure.shares]]
share = "aandeel_techniek_bl"
numerator = "techniek_bl"
denominator = "techniek"
extremes = "show"

[[disclosure.shares]]
share = "aandeel_techniek_bl"
numerator = "leerlingen_bl"
denominator = "leerlingen"
extremes = "show"

[[disclosure.shares]]
share = "aandeel_techniek_bl"
numerator = "techniek_bl"
denominator = "leerlingen_bl"
extremes = "show"

[[disclosure.units]]
column = "regios"
min = 1

[public]
clusterletter = "the direction of two changes, of a whole group of regions"

[columns]
schooljaar = "School year of the reference date 1 October"
vergelijking = "`vorig jaar` (the printed table) or `2018-2019`"
clusterletter = "A: neither fell; B: both fell; C: technical did not fall, non-technical fell; D: technical fell, non-technical did not"
regios = "STO-regio's in the cluster; those that cannot be compared are in none"
techniek = "Technical pupils in bl and kl; a pupil in two regions counts in both"
leerlingen = "All pupils in bl and kl, those in afdelingsvakken and routes too"
aandeel_techniek = "Share of techniek in leerlingen, percent"
techniek_bl = "Technical pupils in bl"
leerlingen_bl = "All pupils in bl"
aandeel_techniek_bl = "Share of techniek_bl in leerlingen_bl, percent"
techniek_toen = "Technical pupils in bl and kl in the year compared with"
verandering_techniek = "Change of techniek on techniek_toen, percent"
niet_techniek = "Pupils in a profile of bl and kl that is not technical"
niet_techniek_toen = "The same in the year compared with"
verandering_niet_techniek = "Change of niet_techniek on niet_techniek_toen, percent"
niet_techniek_geteld = "As niet_techniek, which is withheld by it; not published"
rest = "By how much leerlingen differs from techniek and niet_techniek together: pupils without a profile, less those in both; not published"
---*/
with clusters as (
    select
        schooljaar,
        vergelijking,
        clusterletter,
        count(*) as regios,
        sum(techniek) as techniek,
        sum(leerlingen) as leerlingen,
        sum(techniek_bl) as techniek_bl,
        sum(leerlingen_bl) as leerlingen_bl,
        sum(techniek_toen) as techniek_toen,
        sum(niet_techniek) as niet_techniek,
        sum(niet_techniek_toen) as niet_techniek_toen
    from core.regio_verandering
    where clusterletter is not null
    group by schooljaar, vergelijking, clusterletter
)
select
    schooljaar,
    vergelijking,
    clusterletter,
    regios,
    techniek,
    leerlingen,
    100.0 * techniek / nullif(leerlingen, 0) as aandeel_techniek,
    techniek_bl,
    leerlingen_bl,
    100.0 * techniek_bl / nullif(leerlingen_bl, 0) as aandeel_techniek_bl,
    techniek_toen,
    100.0 * (techniek - techniek_toen) / nullif(techniek_toen, 0) as verandering_techniek,
    niet_techniek,
    niet_techniek_toen,
    100.0 * (niet_techniek - niet_techniek_toen) / nullif(niet_techniek_toen, 0) as verandering_niet_techniek,
    niet_techniek as niet_techniek_geteld,
    abs(leerlingen - techniek - niet_techniek) as rest
from clusters
