/*---
description = "STO-regio's by the number of technical profiles they offer in a leerweg, none to five (figure B3.7 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "leerweg", "aantal_profielen"]
partition = ["schooljaar"]
audits = [
  { not_null = ["regios", "noemer", "aandeel"] },
  { expression = "aantal_profielen between 0 and 5 and regios <= noemer" },
]

[inputs]
"core.vestiging_profiel" = "same"
"core.regio_vestiging" = "same"

[[disclosure.units]]
column = "regios"
min = 1
blank = "aandeel"

[[disclosure.units]]
column = "noemer"
min = 1

[columns]
schooljaar = "School year of the reference date 1 October"
leerweg = "bl, kl or gl"
aantal_profielen = "Number of technical profiles with at least one third-year pupil in the region, 0 to 5"
regios = "STO-regio's that offer that many; 0 where none does"
noemer = "All STO-regio's in the list of that school year"
aandeel = "Share of regios in noemer, percent"
---*/
with regios as (
    select distinct r.schooljaar, r.regio
    from core.regio_vestiging r
    join (select distinct schooljaar from core.vestiging_profiel) j on j.schooljaar = r.schooljaar
), aanbod as (
    select schooljaar, regio, leerweg, count(distinct profiel) as aantal
    from core.vestiging_profiel
    where regio is not null
      and sector = 'techniek'
    group by schooljaar, regio, leerweg
), per_regio as (
    select r.schooljaar, r.regio, l.leerweg, coalesce(a.aantal, 0) as aantal
    from regios r
    cross join (values ('bl'), ('kl'), ('gl')) as l (leerweg)
    left join aanbod a on a.schooljaar = r.schooljaar and a.regio = r.regio and a.leerweg = l.leerweg
), geteld as (
    select schooljaar, leerweg, aantal, count(*) as regios
    from per_regio
    group by schooljaar, leerweg, aantal
), noemers as (
    select schooljaar, leerweg, count(*) as noemer
    from per_regio
    group by schooljaar, leerweg
)
select
    n.schooljaar,
    n.leerweg,
    a.aantal as aantal_profielen,
    coalesce(g.regios, 0) as regios,
    n.noemer,
    100.0 * coalesce(g.regios, 0) / n.noemer as aandeel
from noemers n
cross join (values (0), (1), (2), (3), (4), (5)) as a (aantal)
left join geteld g on g.schooljaar = n.schooljaar and g.leerweg = n.leerweg and g.aantal = a.aantal
