/*---
description = "Highest education of teachers by profile (figures B4.7 and B4.17 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "profiel", "niveau"]
partition = ["schooljaar"]
audits = [
  { not_null = ["personen", "lesgevenden", "aandeel"] },
  { accepted = { column = "niveau", values = ["lager", "mbo", "hbo", "wo", "onbekend"] } },
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
niveau = "mbo, hbo, wo, lager (which the monitor does not print) or onbekend, with those that have no link with CBS"
personen = "Teachers with that education"
lesgevenden = "Teachers of the profile"
aandeel = "Share of personen in lesgevenden, percent"
---*/
with geteld as (
    select schooljaar, profiel, opleidingsniveau as niveau, count(*) as personen
    from core.lesgevende_groep
    group by schooljaar, profiel, opleidingsniveau
)
select
    schooljaar,
    profiel,
    niveau,
    personen,
    sum(personen) over (partition by schooljaar, profiel) as lesgevenden,
    100.0 * personen / sum(personen) over (partition by schooljaar, profiel) as aandeel
from geteld
