/*---
description = "Third-year technical pupils by STO-regio and leerweg, their number and share (figures B3.2 and B3.3 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "regio", "leerweg"]
partition = ["schooljaar"]
audits = [
  { not_null = ["techniek", "leerlingen"] },
  { expression = "techniek <= leerlingen" },
]

[inputs]
"core.regio_leerlingen" = "same"

[[disclosure.shares]]
share = "aandeel"
numerator = "techniek"
denominator = "leerlingen"
extremes = "show"

[disclosure.totals.leerweg]
"totaal" = ["bl", "kl", "gl"]

[columns]
schooljaar = "School year of the reference date 1 October"
regio = "STO-regio; sites outside every region are left out"
leerweg = "bl, kl, gl, or totaal: a pupil in two of them counts once"
techniek = "Pupils in a technical profile; 0 where nobody is"
leerlingen = "All pupils at the sites of the region, those in afdelingsvakken and routes too"
aandeel = "Share of techniek in leerlingen, percent; null where nobody is"
---*/
select
    schooljaar,
    regio,
    leerweg,
    techniek,
    leerlingen,
    100.0 * techniek / nullif(leerlingen, 0) as aandeel
from core.regio_leerlingen
where leerweg <> 'bl en kl'
