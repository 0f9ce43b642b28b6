/*---
description = "Teachers of profile subjects in bl, kl and gl by profile, in persons and fte (figures B4.1 and B4.11 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "profiel"]
partition = ["schooljaar"]
audits = [
  { not_null = ["personen"] },
  { accepted = { column = "profiel", values = ["BWI", "MaT", "MVI", "M&T", "PIE", "D&P", "E&O", "Groen", "HBR", "Z&W", "totaal techniek", "totaal niet-techniek"] } },
  { expression = "personen > 0 and fte >= 0" },
]

[inputs]
"core.lesgevende_groep" = "same"

[disclosure]
count = "personen"
unpublished = "met_fte"
totals = { profiel = { "totaal techniek" = ["BWI", "MaT", "MVI", "M&T", "PIE"], "totaal niet-techniek" = ["D&P", "E&O", "Groen", "HBR", "Z&W"] } }

[[disclosure.counts]]
column = "met_fte"
blank = "fte"

[columns]
schooljaar = "School year of the reference date 1 October"
profiel = "A profile, `totaal techniek` or `totaal niet-techniek`: in a total a person in two of its profiles counts once"
personen = "Teachers"
fte = "Full-time equivalents: share of each teacher's hours that is in the profile, times the part-time factor; teachers without an employment add nothing; null where nobody has one"
met_fte = "Teachers with an employment, whose fte it is; not published"
---*/
select
    schooljaar,
    profiel,
    count(*) as personen,
    cast(sum(fte) as decimal(12, 2)) as fte,
    count(fte) as met_fte
from core.lesgevende_groep
group by schooljaar, profiel
