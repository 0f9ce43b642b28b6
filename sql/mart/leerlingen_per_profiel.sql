/*---
description = "Third-year vmbo pupils by leerweg and profile, counted as persons (table B3.12 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "leerweg", "profiel"]
partition = ["schooljaar"]
audits = [
  { not_null = ["leerweg", "profiel", "sector", "leerlingen"] },
  { expression = "leerlingen > 0" },
]

[inputs]
"core.inschrijving" = "same"

[disclosure]
count = "leerlingen"

[columns]
schooljaar = "School year of the reference date 1 October"
leerweg = "Track of vmbo: bl, kl, gl or tl"
profiel = "Profile in bl, kl and gl; sector chosen in tl"
sector = "techniek, niet-techniek or geen profiel"
leerlingen = "Number of pupils in the third year; a pupil at two sites counts once"
---*/
select
    schooljaar,
    leerweg,
    profiel,
    sector,
    count(distinct persoon) as leerlingen
from core.inschrijving
where leerjaar = 3
  and leerweg is not null
group by schooljaar, leerweg, profiel, sector
