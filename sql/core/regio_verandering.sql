/*---
description = "Third-year pupils in bl and kl by STO-regio beside those of the school year before and of 2018-2019, with the cluster (base of table B3.2 and figures B3.4 and B3.11)"
owner = "onderwijsdata"
grain = ["schooljaar", "regio", "vergelijking"]
partition = ["schooljaar"]
audits = [
  { not_null = ["techniek", "niet_techniek", "leerlingen"] },
  { accepted = { column = "vergelijking", values = ["vorig jaar", "2018-2019"] } },
  { accepted = { column = "clusterletter", values = ["A", "B", "C", "D"] } },
]

[columns]
schooljaar = "School year of the reference date 1 October"
regio = "STO-regio, with its sites of that school year"
vergelijking = "`vorig jaar`: the school year before; `2018-2019`: the year before the programme began, for later school years"
techniek = "Technical pupils"
niet_techniek = "Pupils in a profile that is not technical"
leerlingen = "All pupils, those in afdelingsvakken and routes too"
techniek_bl = "Technical pupils in bl alone"
leerlingen_bl = "All pupils in bl alone"
techniek_toen = "Technical pupils in the year compared with, at the sites the region had then; null without the region in that year"
niet_techniek_toen = "Pupils in a profile that is not technical in the year compared with; null as techniek_toen"
clusterletter = "A: neither fell; B: both fell; C: technical did not fall, non-technical fell; D: technical fell, non-technical did not; null without the region in the year compared with"
---*/
with nu as (
    select k.schooljaar, k.regio, k.techniek, k.niet_techniek, k.leerlingen,
        b.techniek as techniek_bl, b.leerlingen as leerlingen_bl
    from core.regio_leerlingen k
    join core.regio_leerlingen b on b.schooljaar = k.schooljaar and b.regio = k.regio and b.leerweg = 'bl'
    where k.leerweg = 'bl en kl'
), vergelijkingen as (
    select *, 'vorig jaar' as vergelijking, schooljaar_min(schooljaar, 1) as schooljaar_toen
    from nu
    union all
    select *, '2018-2019' as vergelijking, '2018-2019' as schooljaar_toen
    from nu
    where schooljaar > '2018-2019'
)
select
    v.schooljaar,
    v.regio,
    v.vergelijking,
    v.techniek,
    v.niet_techniek,
    v.leerlingen,
    v.techniek_bl,
    v.leerlingen_bl,
    t.techniek as techniek_toen,
    t.niet_techniek as niet_techniek_toen,
    case
        when v.techniek >= t.techniek and v.niet_techniek >= t.niet_techniek then 'A'
        when v.techniek < t.techniek and v.niet_techniek < t.niet_techniek then 'B'
        when v.techniek >= t.techniek and v.niet_techniek < t.niet_techniek then 'C'
        when v.techniek < t.techniek and v.niet_techniek >= t.niet_techniek then 'D'
    end as clusterletter
from vergelijkingen v
left join core.regio_leerlingen t
    on t.schooljaar = v.schooljaar_toen
    and t.regio = v.regio
    and t.leerweg = 'bl en kl'
