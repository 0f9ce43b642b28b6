/*---
description = "Shares of teachers by profile who teach qualified, are supporting staff, have a permanent contract, are women (figures B4.6 and B4.16 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "profiel", "kenmerk"]
partition = ["schooljaar"]
audits = [
  { not_null = ["personen", "lesgevenden", "aandeel"] },
  { accepted = { column = "kenmerk", values = ["bevoegd", "ondersteunend", "vast contract", "vrouw"] } },
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
kenmerk = "bevoegd: more than half of the hours in the profile taught qualified; ondersteunend: supporting staff; vast contract: a permanent appointment, both by the largest employment; vrouw: women"
personen = "Teachers it holds for"
lesgevenden = "Teachers of whom it is known; all but those without an employment, and for vrouw those of unknown sex"
aandeel = "Share of personen in lesgevenden, percent"
---*/
with kenmerken as (
    select schooljaar, profiel, 'bevoegd' as kenmerk, bevoegd as geldt
    from core.lesgevende_groep
    union all
    select schooljaar, profiel, 'ondersteunend', ondersteunend
    from core.lesgevende_groep
    union all
    select schooljaar, profiel, 'vast contract', vast
    from core.lesgevende_groep
    union all
    select schooljaar, profiel, 'vrouw', case when geslacht in ('MAN', 'VROUW') then geslacht = 'VROUW' end
    from core.lesgevende_groep
)
select
    schooljaar,
    profiel,
    kenmerk,
    count(case when geldt then 1 end) as personen,
    count(geldt) as lesgevenden,
    100.0 * count(case when geldt then 1 end) / count(geldt) as aandeel
from kenmerken
where geldt is not null
group by schooljaar, profiel, kenmerk
