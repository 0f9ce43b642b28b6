/*---
description = "Share of STO-regio's that offer a profile in a leerweg (figures B3.6 and B3.12 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "leerweg", "profiel"]
partition = ["schooljaar"]
audits = [
  { not_null = ["sector", "regios_met_aanbod", "regios", "aandeel"] },
  { expression = "regios_met_aanbod <= regios" },
]

[inputs]
"core.vestiging_profiel" = "same"
"core.regio_vestiging" = "same"

[[disclosure.units]]
column = "regios_met_aanbod"
min = 1
blank = "aandeel"

[[disclosure.units]]
column = "regios"
min = 1

[columns]
schooljaar = "School year of the reference date 1 October"
leerweg = "bl, kl or gl"
profiel = "Profile"
sector = "techniek or niet-techniek"
regios_met_aanbod = "STO-regio's with at least one third-year pupil in it; 0 where none has"
regios = "All STO-regio's in the list of that school year"
aandeel = "Share of regios_met_aanbod in regios, percent"
---*/
with profielen as (
    select distinct profiel, sector
    from ref.profielen
    where herkomst = 'monitor'
), regios as (
    select r.schooljaar, count(distinct r.regio) as regios
    from core.regio_vestiging r
    join (select distinct schooljaar from core.vestiging_profiel) j on j.schooljaar = r.schooljaar
    group by r.schooljaar
), aanbod as (
    select schooljaar, leerweg, profiel, count(distinct regio) as regios
    from core.vestiging_profiel
    where regio is not null
    group by schooljaar, leerweg, profiel
)
select
    r.schooljaar,
    l.leerweg,
    p.profiel,
    p.sector,
    coalesce(a.regios, 0) as regios_met_aanbod,
    r.regios,
    100.0 * coalesce(a.regios, 0) / r.regios as aandeel
from regios r
cross join (values ('bl'), ('kl'), ('gl')) as l (leerweg)
cross join profielen p
left join aanbod a on a.schooljaar = r.schooljaar and a.leerweg = l.leerweg and a.profiel = p.profiel
