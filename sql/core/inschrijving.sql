/*---
description = "Enrolments of pupils of every kind of secondary education by school year and site; a pupil at two sites has two rows"
owner = "onderwijsdata"
grain = ["schooljaar", "persoon", "vestiging"]
partition = ["schooljaar"]
audits = [
  { not_null = ["persoon", "onderwijssoort"] },
  { accepted = { column = "onderwijssoort", values = ["vmbo", "havo/vwo", "pro", "onderbouw vmbo", "onderbouw havo/vwo", "brugjaar", "internationaal"] } },
  { accepted = { column = "leerweg", values = ["bl", "kl", "gl", "tl"] } },
  { accepted = { column = "sector", values = ["techniek", "niet-techniek", "geen profiel"] } },
  { name = "profiel_en_sector_bij_leerweg", expression = "(leerweg is null) = (profiel is null) and (leerweg is null) = (sector is null)" },
  { name = "leerweg_alleen_in_vmbo", expression = "leerweg is null or onderwijssoort = 'vmbo'" },
]

[inputs]
"staging.duo_inschrijvingen" = "same"

[columns]
schooljaar = "School year of the reference date 1 October"
persoon = "Pseudonym of the pupil"
vestiging = "School site, six characters"
leerjaar = "Year the pupil is in"
onderwijssoort = "Kind of education: vmbo, havo/vwo, pro, onderbouw vmbo, onderbouw havo/vwo, brugjaar (lower years that lead to vmbo as well as havo or vwo) or internationaal"
leerweg = "Track of vmbo: bl, kl, gl or tl; null outside the tracks"
profiel = "Profile; in tl the sector chosen; null outside the tracks"
sector = "techniek, niet-techniek or geen profiel; null outside the tracks"
geslacht = "MAN or VROUW; null unknown"
geboortejaar = "Birth year"
pc4 = "Four digits of the home postcode"
migratieachtergrond = "Migration background: 0 none, 1 born abroad, 2 at least one parent born abroad; null unknown"
---*/
select
    i.schooljaar,
    i.persoon,
    i.vestiging,
    i.leerjaar,
    e.onderwijssoort,
    i.leerweg,
    i.profiel,
    i.sector,
    i.geslacht,
    i.geboortejaar,
    i.pc4,
    i.migratieachtergrond
from staging.duo_inschrijvingen i
left join ref.elementcodes e on e.elementcode = i.elementcode
