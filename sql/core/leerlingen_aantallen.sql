/*---
description = "Third-year pupils in bl, kl and gl and in all three, by profile and in totals, counted as persons; every combination has a row, also where nobody is (base of tables B3.1 and B3.12)"
owner = "onderwijsdata"
grain = ["schooljaar", "leerweg", "rij"]
partition = ["schooljaar"]
audits = [
  { not_null = ["leerlingen"] },
  { expression = "leerlingen >= 0" },
]

[inputs]
"core.inschrijving" = "same"

[columns]
schooljaar = "School year of the reference date 1 October"
leerweg = "bl, kl, gl, or totaal: a pupil in two of them counts once"
rij = "A profile; `totaal techniek`, `totaal niet-techniek` and `totaal`: in one of the profiles; `afdelingsvakken en vakmanschapsroute`; `totaal met afdelingsvakken`: everybody"
leerlingen = "Pupils, each counted once"
---*/
with profielen as (
    select distinct profiel, sector
    from ref.profielen
    where herkomst = 'monitor'
), rijen as (
    select profiel, profiel as rij from profielen
    union all
    select profiel, 'totaal ' || sector as rij from profielen
    union all
    select profiel, 'totaal' as rij from profielen
    union all
    select profiel, 'totaal met afdelingsvakken' as rij from profielen
    union all
    select 'afdelingsvakken en vakmanschapsroute' as profiel, 'afdelingsvakken en vakmanschapsroute' as rij
    union all
    select 'afdelingsvakken en vakmanschapsroute' as profiel, 'totaal met afdelingsvakken' as rij
), leerwegen as (
    select * from (values
        ('bl', 'bl'), ('kl', 'kl'), ('gl', 'gl'),
        ('bl', 'totaal'), ('kl', 'totaal'), ('gl', 'totaal')
    ) as l (leerweg, groep)
), tellingen as (
    select i.schooljaar, l.groep, r.rij, count(distinct i.persoon) as leerlingen
    from core.inschrijving i
    join leerwegen l on l.leerweg = i.leerweg
    join rijen r on r.profiel = i.profiel
    where i.leerjaar = 3
    group by i.schooljaar, l.groep, r.rij
), cellen as (
    select j.schooljaar, g.groep, r.rij
    from (select distinct schooljaar from tellingen) j
    cross join (select distinct groep from leerwegen) g
    cross join (select distinct rij from rijen) r
)
select
    c.schooljaar,
    c.groep as leerweg,
    c.rij,
    coalesce(t.leerlingen, 0) as leerlingen
from cellen c
left join tellingen t on t.schooljaar = c.schooljaar and t.groep = c.groep and t.rij = c.rij
