/*---
description = "Teachers of a profile per school that has any (figures B4.3 and B4.13 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "profiel"]
partition = ["schooljaar"]
audits = [
  { not_null = ["personen", "plaatsen", "scholen", "gemiddeld"] },
  { expression = "personen <= plaatsen and scholen <= plaatsen" },
]

[inputs]
"core.lesgevende_school" = "same"

[disclosure]
count = ["personen", "scholen"]
blank = ["plaatsen", "gemiddeld"]
totals = { profiel = { "totaal techniek" = ["BWI", "MaT", "MVI", "M&T", "PIE"], "totaal niet-techniek" = ["D&P", "E&O", "Groen", "HBR", "Z&W"] } }

[columns]
schooljaar = "School year of the reference date 1 October"
profiel = "A profile, `totaal techniek` or `totaal niet-techniek`"
personen = "Teachers"
plaatsen = "Teachers, each counted at every school where he or she teaches the profile"
scholen = "Schools (BRIN) with at least one teacher of the profile in bl, kl or gl"
gemiddeld = "Mean number of teachers of a school: plaatsen per scholen"
---*/
select
    schooljaar,
    profiel,
    count(distinct persoon) as personen,
    count(*) as plaatsen,
    count(distinct brin) as scholen,
    cast(count(*) as double) / count(distinct brin) as gemiddeld
from core.lesgevende_school
group by schooljaar, profiel
