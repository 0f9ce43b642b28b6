/*---
description = "Third-year vmbo pupils by leerweg and profile with all totals and the share of technical pupils (table B3.12 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "leerweg", "profiel"]
partition = ["schooljaar"]
audits = [
  { not_null = ["leerlingen", "noemer"] },
  { accepted = { column = "leerweg", values = ["bl", "kl", "gl", "totaal"] } },
  { expression = "leerlingen <= noemer" },
]

[inputs]
"core.leerlingen_aantallen" = "same"

[[disclosure.shares]]
share = "aandeel"
numerator = "leerlingen"
denominator = "noemer"
extremes = "show"

[disclosure.totals.leerweg]
"totaal" = ["bl", "kl", "gl"]

[disclosure.totals.profiel]
"totaal techniek" = ["BWI", "MaT", "MVI", "M&T", "PIE"]
"totaal niet-techniek" = ["D&P", "E&O", "Groen", "HBR", "Z&W"]
"totaal" = ["totaal techniek", "totaal niet-techniek"]

[columns]
schooljaar = "School year of the reference date 1 October"
leerweg = "bl, kl, gl, or totaal: a pupil in two of them counts once"
profiel = "A profile, `totaal techniek`, `totaal niet-techniek`, `totaal` (in one of the profiles), or `afdelingsvakken en vakmanschapsroute` (also the beroepsroute)"
leerlingen = "Pupils, each counted once; 0 where nobody is"
noemer = "All pupils of the leerweg: those in a profile and those in afdelingsvakken, vakmanschapsroute or beroepsroute"
aandeel = "Share of leerlingen in noemer, percent; that of `totaal techniek` in totaal is the report's `Aandeel techniek`; null where noemer is 0"
---*/
select
    a.schooljaar,
    a.leerweg,
    a.rij as profiel,
    a.leerlingen,
    n.leerlingen as noemer,
    100.0 * a.leerlingen / nullif(n.leerlingen, 0) as aandeel
from core.leerlingen_aantallen a
join core.leerlingen_aantallen n
    on n.schooljaar = a.schooljaar
    and n.leerweg = a.leerweg
    and n.rij = 'totaal met afdelingsvakken'
where a.rij <> 'totaal met afdelingsvakken'
