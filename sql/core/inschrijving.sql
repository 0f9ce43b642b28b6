/*---
description = "Vmbo enrolments of pupils by school year and site; a pupil at two sites has two rows"
owner = "onderwijsdata"
grain = ["schooljaar", "persoon", "vestiging"]
partition = ["schooljaar"]
audits = [
  { not_null = ["persoon", "leerweg", "profiel", "sector"] },
  { accepted = { column = "leerweg", values = ["bl", "kl", "gl", "tl"] } },
  { accepted = { column = "sector", values = ["techniek", "niet-techniek", "geen profiel"] } },
]

[inputs]
"staging.duo_inschrijvingen" = "same"

[columns]
schooljaar = "School year of the reference date 1 October"
persoon = "Pseudonym of the pupil"
vestiging = "School site, six characters"
leerjaar = "Year the pupil is in"
leerweg = "Track of vmbo: bl, kl, gl or tl"
profiel = "Profile; in tl the sector chosen"
sector = "techniek, niet-techniek or geen profiel"
geslacht = "MAN or VROUW"
geboortejaar = "Birth year"
pc4 = "Four digits of the home postcode"
migratieachtergrond = "Migration background: 0 none, 1 born abroad, 2 at least one parent born abroad"
---*/
select
    schooljaar,
    persoon,
    vestiging,
    leerjaar,
    leerweg,
    profiel,
    sector,
    geslacht,
    geboortejaar,
    pc4,
    migratieachtergrond
from staging.duo_inschrijvingen
where leerweg is not null
