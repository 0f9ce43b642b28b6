/*---
description = "School sites that offer a profile, those outside every STO-regio, and the share of them that offers it in each leerweg (table B3.5 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "profiel", "leerweg"]
partition = ["schooljaar"]
audits = [
  { not_null = ["vestigingen", "noemer", "aandeel"] },
  { accepted = { column = "leerweg", values = ["bl", "kl", "gl", "totaal"] } },
  { expression = "vestigingen > 0 and vestigingen <= noemer and buiten_sto <= vestigingen" },
]

[inputs]
"core.vestiging_profiel" = "same"

[disclosure]
attributes = "buiten_sto"

[[disclosure.units]]
column = "vestigingen"
min = 1
blank = "aandeel"

[[disclosure.units]]
column = "noemer"
min = 1

[disclosure.totals.leerweg]
"totaal" = ["bl", "kl", "gl"]

[disclosure.totals.profiel]
"totaal techniek" = ["BWI", "MaT", "MVI", "M&T", "PIE"]
"totaal niet-techniek" = ["D&P", "E&O", "Groen", "HBR", "Z&W"]
"totaal" = ["totaal techniek", "totaal niet-techniek"]

[columns]
schooljaar = "School year of the reference date 1 October"
profiel = "A profile, or `totaal techniek`, `totaal niet-techniek`, `totaal`: at least one of those profiles"
leerweg = "bl, kl, gl, or totaal: in any of them"
vestigingen = "Sites with at least one third-year pupil in it"
buiten_sto = "Of those: sites outside every STO-regio; null in a year without a list of regions"
noemer = "Sites that offer the profile in any leerweg"
aandeel = "Share of vestigingen in noemer, percent"
---*/
with leerwegen as (
    select * from (values
        ('bl', 'bl'), ('kl', 'kl'), ('gl', 'gl'),
        ('bl', 'totaal'), ('kl', 'totaal'), ('gl', 'totaal')
    ) as l (leerweg, groep)
), aanbod as (
    select schooljaar, vestiging, buiten_sto, leerweg, sector, profiel as rij
    from core.vestiging_profiel
    where sector in ('techniek', 'niet-techniek')
    union all
    select schooljaar, vestiging, buiten_sto, leerweg, sector, 'totaal ' || sector as rij
    from core.vestiging_profiel
    where sector in ('techniek', 'niet-techniek')
    union all
    select schooljaar, vestiging, buiten_sto, leerweg, sector, 'totaal' as rij
    from core.vestiging_profiel
    where sector in ('techniek', 'niet-techniek')
), vestigingen as (
    select distinct a.schooljaar, a.rij, l.groep, a.vestiging, a.buiten_sto
    from aanbod a
    join leerwegen l on l.leerweg = a.leerweg
), geteld as (
    select
        schooljaar,
        rij,
        groep,
        count(*) as vestigingen,
        count(buiten_sto) as ingedeeld,
        count(*) filter (where buiten_sto) as buiten_sto
    from vestigingen
    group by schooljaar, rij, groep
)
select
    g.schooljaar,
    g.rij as profiel,
    g.groep as leerweg,
    g.vestigingen,
    case when g.ingedeeld = g.vestigingen then g.buiten_sto end as buiten_sto,
    n.vestigingen as noemer,
    100.0 * g.vestigingen / n.vestigingen as aandeel
from geteld g
join geteld n on n.schooljaar = g.schooljaar and n.rij = g.rij and n.groep = 'totaal'
