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
"core.inschrijving" = "same"
"core.regio_vestiging" = "same"

# A pupil in two regions counts in both, so persons govern.
[disclosure]
unpublished = ["personen_techniek", "personen"]

[[disclosure.counts]]
column = "personen"
blank = ["techniek", "leerlingen", "gemiddeld_aandeel", "gemiddeld_aantal"]

[[disclosure.shares]]
share = ["techniek", "gemiddeld_aandeel", "gemiddeld_aantal"]
numerator = "personen_techniek"
denominator = "personen"
extremes = "show"

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
personen_techniek = "As techniek, each pupil counted once; not published"
personen = "As leerlingen, each pupil counted once; not published"
---*/
with per_regio as (
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
), personen as (
    select
        i.schooljaar,
        count(distinct case when i.sector = 'techniek' then i.persoon end) as personen_techniek,
        count(distinct i.persoon) as personen
    from core.inschrijving i
    join core.regio_vestiging r on r.schooljaar = i.schooljaar and r.vestiging = i.vestiging
    where i.leerjaar = 3
      and i.leerweg in ('bl', 'kl', 'gl')
    group by i.schooljaar
)
select
    r.schooljaar,
    r.regios,
    r.techniek,
    r.leerlingen,
    r.gemiddeld_aandeel,
    r.gemiddeld_aantal,
    p.personen_techniek,
    p.personen
from per_regio r
join personen p on p.schooljaar = r.schooljaar
