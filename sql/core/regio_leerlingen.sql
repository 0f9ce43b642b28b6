/*---
description = "Third-year pupils by STO-regio and leerweg, technical and not; every region of the list has a row, also where nobody is (base of tables B3.2 and B3.15 and figures B3.2 to B3.4 and B3.11)"
owner = "onderwijsdata"
grain = ["schooljaar", "regio", "leerweg"]
partition = ["schooljaar"]
audits = [
  { not_null = ["leerlingen", "techniek", "niet_techniek"] },
  { expression = "techniek <= leerlingen and niet_techniek <= leerlingen" },
]

[inputs]
"core.inschrijving" = "same"
"core.regio_vestiging" = "same"

[columns]
schooljaar = "School year of the reference date 1 October"
regio = "STO-regio"
leerweg = "bl, kl, gl, `bl en kl`, or totaal: bl, kl and gl"
leerlingen = "Pupils at the sites of the region; a pupil at two of them counts once; those in afdelingsvakken and routes too"
techniek = "Pupils in a technical profile"
niet_techniek = "Pupils in a profile that is not technical"
---*/
with leerwegen as (
    select * from (values
        ('bl', 'bl'), ('kl', 'kl'), ('gl', 'gl'),
        ('bl', 'bl en kl'), ('kl', 'bl en kl'),
        ('bl', 'totaal'), ('kl', 'totaal'), ('gl', 'totaal')
    ) as l (leerweg, groep)
), personen as (
    select
        r.schooljaar,
        r.regio,
        l.groep,
        i.persoon,
        bool_or(i.sector = 'techniek') as techniek,
        bool_or(i.sector = 'niet-techniek') as niet_techniek
    from core.inschrijving i
    join core.regio_vestiging r on r.schooljaar = i.schooljaar and r.vestiging = i.vestiging
    join leerwegen l on l.leerweg = i.leerweg
    where i.leerjaar = 3
    group by r.schooljaar, r.regio, l.groep, i.persoon
), tellingen as (
    select
        schooljaar,
        regio,
        groep,
        count(*) as leerlingen,
        count(*) filter (where techniek) as techniek,
        count(*) filter (where niet_techniek) as niet_techniek
    from personen
    group by schooljaar, regio, groep
), cellen as (
    select r.schooljaar, r.regio, g.groep
    from (select distinct schooljaar, regio from core.regio_vestiging) r
    join (select distinct schooljaar from core.inschrijving) j on j.schooljaar = r.schooljaar
    cross join (select distinct groep from leerwegen) g
)
select
    c.schooljaar,
    c.regio,
    c.groep as leerweg,
    coalesce(t.leerlingen, 0) as leerlingen,
    coalesce(t.techniek, 0) as techniek,
    coalesce(t.niet_techniek, 0) as niet_techniek
from cellen c
left join tellingen t on t.schooljaar = c.schooljaar and t.regio = c.regio and t.groep = c.groep
