/*---
description = "Share of the teachers of a profile who also teach a general (avo) or another (overig) subject in bl, kl or gl (figures B4.2 and B4.12 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "profiel", "vakgroep"]
partition = ["schooljaar"]
audits = [
  { not_null = ["personen", "lesgevenden", "aandeel"] },
  { expression = "personen <= lesgevenden" },
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
vakgroep = "avo (table B4.2) or overig (table B4.3)"
personen = "Teachers of the profile who also teach a subject of the group"
lesgevenden = "Teachers of the profile"
aandeel = "Share of personen in lesgevenden, percent"
---*/
with beide as (
    select schooljaar, profiel, 'avo' as vakgroep, geeft_avo as geeft
    from core.lesgevende_groep
    union all
    select schooljaar, profiel, 'overig' as vakgroep, geeft_overig as geeft
    from core.lesgevende_groep
)
select
    schooljaar,
    profiel,
    vakgroep,
    count(case when geeft then 1 end) as personen,
    count(*) as lesgevenden,
    100.0 * count(case when geeft then 1 end) / count(*) as aandeel
from beide
group by schooljaar, profiel, vakgroep
