/*---
description = "Mean over STO-regio's of the share of technical pupils in the third year of bl, kl and gl (table B3.15 of the monitor; the mean number with figure B3.3)"
owner = "onderwijsdata"
grain = ["schooljaar"]
partition = ["schooljaar"]
audits = [
  { not_null = ["regios", "techniek", "leerlingen"] },
]

[inputs]
"core.regio_leerlingen" = "same"

[disclosure]
count = ["techniek", "leerlingen"]
blank = ["gemiddeld_aandeel", "gemiddeld_aantal"]

[[disclosure.units]]
column = "regios"
min = 2

[columns]
schooljaar = "School year of the reference date 1 October"
regios = "STO-regio's with at least one third-year pupil"
techniek = "Technical pupils in those regions; a pupil in two regions counts in both"
leerlingen = "All pupils in those regions, those in afdelingsvakken and routes too; a pupil in two regions counts in both"
gemiddeld_aandeel = "Mean of the regions' shares of technical pupils, percent; each region weighs the same"
gemiddeld_aantal = "Mean number of technical pupils in a region"
---*/
select
    schooljaar,
    count(*) as regios,
    sum(techniek) as techniek,
    sum(leerlingen) as leerlingen,
    avg(100.0 * techniek / leerlingen) as gemiddeld_aandeel,
    avg(techniek) as gemiddeld_aantal
from core.regio_leerlingen
where leerweg = 'totaal'
  and leerlingen > 0
group by schooljaar
