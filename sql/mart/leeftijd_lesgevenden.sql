/*---
description = "Ages of teachers by profile, in bands (figures B4.5 and B4.15 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "profiel", "leeftijdsgroep"]
partition = ["schooljaar"]
audits = [
  { not_null = ["personen", "lesgevenden", "aandeel"] },
  { accepted = { column = "leeftijdsgroep", values = ["18-29", "30-39", "40-49", "50-59", "60+"] } },
]

[inputs]
"core.lesgevende_groep" = "same"

[disclosure]
totals = { profiel = { "totaal techniek" = ["BWI", "MaT", "MVI", "M&T", "PIE"], "totaal niet-techniek" = ["D&P", "E&O", "Groen", "HBR", "Z&W"] } }

[[disclosure.shares]]
share = "aandeel"
numerator = "personen"
denominator = "lesgevenden"

[columns]
schooljaar = "School year of the reference date 1 October"
profiel = "A profile, `totaal techniek` or `totaal niet-techniek`"
leeftijdsgroep = "Age on 1 October: 18-29 (with the few who are younger), 30-39, 40-49, 50-59 or 60+"
personen = "Teachers of that age"
lesgevenden = "Teachers whose age is known"
aandeel = "Share of personen in lesgevenden, percent"
---*/
with personen as (
    select
        schooljaar,
        profiel,
        case
            when leeftijd < 30 then '18-29'
            when leeftijd < 40 then '30-39'
            when leeftijd < 50 then '40-49'
            when leeftijd < 60 then '50-59'
            else '60+'
        end as leeftijdsgroep
    from core.lesgevende_groep
    where leeftijd is not null
), geteld as (
    select schooljaar, profiel, leeftijdsgroep, count(*) as personen
    from personen
    group by schooljaar, profiel, leeftijdsgroep
)
select
    schooljaar,
    profiel,
    leeftijdsgroep,
    personen,
    sum(personen) over (partition by schooljaar, profiel) as lesgevenden,
    100.0 * personen / sum(personen) over (partition by schooljaar, profiel) as aandeel
from geteld
