/*---
description = "Third-year pupils by site, leerweg and profile, with the STO-regio of the site (base of tables B3.3 to B3.5 and B3.16)"
owner = "onderwijsdata"
grain = ["schooljaar", "vestiging", "leerweg", "profiel"]
partition = ["schooljaar"]
audits = [
  { not_null = ["sector", "leerlingen"] },
  { accepted = { column = "leerweg", values = ["bl", "kl", "gl"] } },
  { expression = "leerlingen > 0" },
]

[inputs]
"core.inschrijving" = "same"
"core.regio_vestiging" = "same"

[columns]
schooljaar = "School year of the reference date 1 October"
vestiging = "School site, six characters"
regio = "STO-regio; null for a site outside every region"
buiten_sto = "Whether the site is outside every STO-regio; null in a year without a list of regions"
leerweg = "bl, kl or gl"
profiel = "Profile, or `afdelingsvakken en vakmanschapsroute`"
sector = "techniek, niet-techniek or geen profiel"
leerlingen = "Third-year pupils; a pupil at two sites counts at both"
---*/
with leerlingen as (
    select schooljaar, vestiging, leerweg, profiel, sector, count(*) as leerlingen
    from core.inschrijving
    where leerjaar = 3
      and leerweg in ('bl', 'kl', 'gl')
    group by schooljaar, vestiging, leerweg, profiel, sector
), jaren as (
    select distinct schooljaar
    from core.regio_vestiging
)
select
    l.schooljaar,
    l.vestiging,
    r.regio,
    case when j.schooljaar is not null then r.regio is null end as buiten_sto,
    l.leerweg,
    l.profiel,
    l.sector,
    l.leerlingen
from leerlingen l
left join core.regio_vestiging r on r.schooljaar = l.schooljaar and r.vestiging = l.vestiging
left join jaren j on j.schooljaar = l.schooljaar
