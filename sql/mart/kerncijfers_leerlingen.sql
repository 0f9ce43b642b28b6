/*---
description = "Headlines of the third year of bl, kl and gl: share of technical pupils, and sites that offer a technical profile (text of the monitor; kamerbrief)"
owner = "onderwijsdata"
grain = ["schooljaar"]
partition = ["schooljaar"]
audits = [
  { not_null = ["techniek", "leerlingen", "aandeel_techniek", "vestigingen_techniek", "vestigingen"] },
  { expression = "techniek <= leerlingen and vestigingen_techniek <= vestigingen" },
]

[inputs]
"core.inschrijving" = "same"

[[disclosure.shares]]
share = "aandeel_techniek"
numerator = "techniek"
denominator = "leerlingen"
extremes = "show"

# Every site has a pupil: their number tells as much as that of the pupils.
[[disclosure.counts]]
column = "techniek"
blank = ["vestigingen_techniek", "aandeel_vestigingen"]

[[disclosure.counts]]
column = "leerlingen"
blank = ["vestigingen", "aandeel_vestigingen"]

[columns]
schooljaar = "School year of the reference date 1 October"
techniek = "Pupils in a technical profile, each counted once"
leerlingen = "All pupils, those in afdelingsvakken, vakmanschapsroute and beroepsroute too, each counted once"
aandeel_techniek = "Share of techniek in leerlingen, percent"
vestigingen_techniek = "Sites with at least one pupil in a technical profile"
vestigingen = "Sites with at least one pupil"
aandeel_vestigingen = "Share of vestigingen_techniek in vestigingen, percent"
---*/
with personen as (
    select schooljaar, persoon, bool_or(sector = 'techniek') as techniek
    from core.inschrijving
    where leerjaar = 3
      and leerweg in ('bl', 'kl', 'gl')
    group by schooljaar, persoon
), leerlingen as (
    select
        schooljaar,
        count(case when techniek then 1 end) as techniek,
        count(*) as leerlingen
    from personen
    group by schooljaar
), plaatsen as (
    select schooljaar, vestiging, bool_or(sector = 'techniek') as techniek
    from core.inschrijving
    where leerjaar = 3
      and leerweg in ('bl', 'kl', 'gl')
    group by schooljaar, vestiging
), vestigingen as (
    select
        schooljaar,
        count(case when techniek then 1 end) as vestigingen_techniek,
        count(*) as vestigingen
    from plaatsen
    group by schooljaar
)
select
    l.schooljaar,
    l.techniek,
    l.leerlingen,
    100.0 * l.techniek / l.leerlingen as aandeel_techniek,
    v.vestigingen_techniek,
    v.vestigingen,
    100.0 * v.vestigingen_techniek / v.vestigingen as aandeel_vestigingen
from leerlingen l
join vestigingen v on v.schooljaar = l.schooljaar
