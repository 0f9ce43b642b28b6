/*---
description = "Field of the highest education of teachers by profile, of all and of supporting staff apart (figures B4.8 and B4.18 of the monitor, and the text with them)"
owner = "onderwijsdata"
grain = ["schooljaar", "profiel", "personeel", "richting"]
partition = ["schooljaar"]
audits = [
  { not_null = ["personen", "lesgevenden", "aandeel"] },
  { accepted = { column = "richting", values = ["lerarenopleiding", "overige onderwijsopleiding", "andere opleiding", "onbekend"] } },
  { accepted = { column = "personeel", values = ["alle", "ondersteunend", "overig"] } },
]

[inputs]
"core.lesgevende_groep" = "same"

[disclosure]
totals = { profiel = { "totaal techniek" = ["BWI", "MaT", "MVI", "M&T", "PIE"], "totaal niet-techniek" = ["D&P", "E&O", "Groen", "HBR", "Z&W"] }, personeel = { "alle" = ["ondersteunend", "overig"] } }

[[disclosure.shares]]
share = "aandeel"
numerator = "personen"
denominator = "lesgevenden"

[columns]
schooljaar = "School year of the reference date 1 October"
profiel = "A profile, `totaal techniek` or `totaal niet-techniek`"
personeel = "alle; ondersteunend: whose largest employment is a supporting one; overig: everybody else"
richting = "lerarenopleiding (first and second degree), overige onderwijsopleiding, andere opleiding or onbekend, with those that have no link with CBS"
personen = "Teachers with that education"
lesgevenden = "Teachers of the profile among the staff"
aandeel = "Share of personen in lesgevenden, percent"
---*/
with personen as (
    select schooljaar, profiel, 'alle' as personeel, opleidingsrichting as richting
    from core.lesgevende_groep
    union all
    select
        schooljaar,
        profiel,
        case when ondersteunend then 'ondersteunend' else 'overig' end,
        opleidingsrichting
    from core.lesgevende_groep
), geteld as (
    select schooljaar, profiel, personeel, richting, count(*) as personen
    from personen
    group by schooljaar, profiel, personeel, richting
)
select
    schooljaar,
    profiel,
    personeel,
    richting,
    personen,
    sum(personen) over (partition by schooljaar, profiel, personeel) as lesgevenden,
    100.0 * personen / sum(personen) over (partition by schooljaar, profiel, personeel) as aandeel
from geteld
