/*---
description = "Third-year vmbo pupils by leerweg and profile, from the open counts (table B3.12 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "leerweg", "profiel"]
partition = ["schooljaar"]
audits = [
  { not_null = ["leerweg", "profiel", "sector", "leerlingen"] },
  { accepted = { column = "leerweg", values = ["bl", "kl", "gl", "tl"] } },
  { accepted = { column = "sector", values = ["techniek", "niet-techniek", "geen profiel"] } },
  { expression = "leerlingen > 0" },
]

[inputs]
"core.vestiging_leerlingen" = "same"

[columns]
schooljaar = "School year of the reference date 1 October"
leerweg = "Track of vmbo: bl, kl, gl or tl"
profiel = "Profile in bl, kl and gl; sector chosen in tl; old departments and vocational routes together are `afdelingsvakken en vakmanschapsroute`"
sector = "techniek, niet-techniek or geen profiel"
leerlingen = "Number of pupils in the third year"
---*/
select
    schooljaar,
    leerweg,
    profiel,
    sector,
    sum(leerlingen) as leerlingen
from core.vestiging_leerlingen
where leerjaar = 3
group by schooljaar, leerweg, profiel, sector
