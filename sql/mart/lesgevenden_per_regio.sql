/*---
description = "Teachers of a profile per STO-regio that has any; schools outside every region are left out (figures B4.4 and B4.14 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "profiel"]
partition = ["schooljaar"]
audits = [
  { not_null = ["personen", "plaatsen", "regios", "gemiddeld"] },
  { expression = "personen <= plaatsen and regios <= plaatsen" },
]

[inputs]
"core.lesgevende_school" = "same"
"core.regio_brin" = "same"

[disclosure]
count = ["personen", "regios"]
blank = ["plaatsen", "gemiddeld"]
totals = { profiel = { "totaal techniek" = ["BWI", "MaT", "MVI", "M&T", "PIE"], "totaal niet-techniek" = ["D&P", "E&O", "Groen", "HBR", "Z&W"] } }

[columns]
schooljaar = "School year of the reference date 1 October"
profiel = "A profile, `totaal techniek` or `totaal niet-techniek`"
personen = "Teachers at a school in a region; a school (BRIN) is in the region of most of its sites"
plaatsen = "Teachers, each counted in every region where he or she teaches the profile"
regios = "STO-regio's with at least one teacher of the profile"
gemiddeld = "Mean number of teachers of a region: plaatsen per regios"
---*/
with plaatsen as (
    select distinct s.schooljaar, s.profiel, s.persoon, r.regio
    from core.lesgevende_school s
    join core.regio_brin r on r.schooljaar = s.schooljaar and r.brin = s.brin
)
select
    schooljaar,
    profiel,
    count(distinct persoon) as personen,
    count(*) as plaatsen,
    count(distinct regio) as regios,
    cast(count(*) as double) / count(distinct regio) as gemiddeld
from plaatsen
group by schooljaar, profiel
