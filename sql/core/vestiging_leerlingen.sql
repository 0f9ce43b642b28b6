/*---
description = "Vmbo pupils per site, leerweg, profile, year and sex, from the open counts"
owner = "onderwijsdata"
grain = ["schooljaar", "vestiging", "leerweg", "profiel", "leerjaar", "geslacht"]
partition = ["schooljaar"]
audits = [
  { not_null = ["leerweg", "profiel", "sector", "leerlingen"] },
  { accepted = { column = "leerweg", values = ["bl", "kl", "gl", "tl"] } },
  { accepted = { column = "sector", values = ["techniek", "niet-techniek", "geen profiel"] } },
  { expression = "leerlingen > 0" },
]

[inputs]
"staging.duo_leerlingen_vestiging" = "same"

[columns]
schooljaar = "School year of the reference date 1 October"
vestiging = "School site, six characters"
leerweg = "Track of vmbo: bl, kl, gl or tl"
profiel = "Profile; in tl the sector chosen; old departments and vocational routes together are `afdelingsvakken en vakmanschapsroute`"
sector = "techniek, niet-techniek or geen profiel"
leerjaar = "Year the pupils are in"
geslacht = "MAN or VROUW"
leerlingen = "Number of pupils"
---*/
select
    schooljaar,
    vestiging,
    leerweg,
    profiel,
    sector,
    leerjaar,
    geslacht,
    sum(aantal) as leerlingen
from staging.duo_leerlingen_vestiging
where leerweg is not null
  and aantal > 0
group by schooljaar, vestiging, leerweg, profiel, sector, leerjaar, geslacht
