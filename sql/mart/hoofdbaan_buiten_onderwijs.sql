/*---
description = "Share of teachers of technical and of other profiles whose main job in the calendar year of the reference date is outside education (text with figure B4.9 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "sector"]
partition = ["schooljaar"]
audits = [
  { not_null = ["personen", "lesgevenden", "aandeel"] },
  { expression = "personen <= lesgevenden" },
]

[inputs]
"core.lesgevende_groep" = "same"

[[disclosure.shares]]
share = "aandeel"
numerator = "personen"
denominator = "lesgevenden"

[columns]
schooljaar = "School year of the reference date 1 October"
sector = "Profiles taught: techniek or niet-techniek; who teaches in both counts in both"
personen = "Teachers whose main job is in another sector than education, whether they study or not"
lesgevenden = "All teachers, also those whose main job is not known"
aandeel = "Share of personen in lesgevenden, percent"
---*/
select
    g.schooljaar,
    g.sector,
    count(case when h.sector not in ('Onderwijs', 'Onbekend') then 1 end) as personen,
    count(*) as lesgevenden,
    100.0 * count(case when h.sector not in ('Onderwijs', 'Onbekend') then 1 end) / count(*) as aandeel
from core.lesgevende_groep g
left join core.hoofdbaan h
    on h.jaar = cast(schooljaar_begin(g.schooljaar) as varchar)
    and h.persoon = g.persoon
where g.profiel = 'totaal ' || g.sector
group by g.schooljaar, g.sector
