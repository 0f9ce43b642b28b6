/*---
description = "Mean age of teachers by profile (figures B4.5 and B4.15 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "profiel"]
partition = ["schooljaar"]
audits = [
  { not_null = ["personen", "gemiddelde_leeftijd"] },
]

[inputs]
"core.lesgevende_groep" = "same"

[disclosure]
count = "personen"
blank = ["gemiddelde_leeftijd"]
totals = { profiel = { "totaal techniek" = ["BWI", "MaT", "MVI", "M&T", "PIE"], "totaal niet-techniek" = ["D&P", "E&O", "Groen", "HBR", "Z&W"] } }

[columns]
schooljaar = "School year of the reference date 1 October"
profiel = "A profile, `totaal techniek` or `totaal niet-techniek`"
personen = "Teachers whose age is known"
gemiddelde_leeftijd = "Mean of their ages on 1 October in whole years, years"
---*/
select
    schooljaar,
    profiel,
    count(*) as personen,
    cast(sum(leeftijd) as double) / count(*) as gemiddelde_leeftijd
from core.lesgevende_groep
where leeftijd is not null
group by schooljaar, profiel
