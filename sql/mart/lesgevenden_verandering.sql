/*---
description = "Change of teachers by profile, in persons, fte, per school and per STO-regio, on the school year before and on 2017-2018 (figures B4.1, B4.3, B4.4, B4.11, B4.13 and B4.14 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "profiel", "maat"]
partition = ["schooljaar"]
audits = [
  { accepted = { column = "maat", values = ["personen", "fte", "personen per school", "personen per regio"] } },
]

[columns]
schooljaar = "School year of the reference date 1 October"
profiel = "A profile, `totaal techniek` or `totaal niet-techniek`"
maat = "personen, fte, personen per school or personen per regio"
waarde = "The measure in the school year, in persons or fte; null where it is withheld"
waarde_vorig_jaar = "The same in the school year before; null without one, and where it is withheld"
verandering = "Change of waarde on waarde_vorig_jaar, percent, one decimal"
waarde_2017 = "The same in 2017-2018, the year before the programme began"
verandering_2017 = "Change of waarde on waarde_2017, percent, one decimal"
---*/
-- Made of what is published: a number that is withheld is in no change either.
with maten as (
    select schooljaar, profiel, 'personen' as maat, cast(personen as double) as waarde
    from mart.lesgevenden_per_profiel
    union all
    select schooljaar, profiel, 'fte', cast(fte as double)
    from mart.lesgevenden_per_profiel
    union all
    select schooljaar, profiel, 'personen per school', gemiddeld
    from mart.lesgevenden_per_school
    union all
    select schooljaar, profiel, 'personen per regio', gemiddeld
    from mart.lesgevenden_per_regio
)
select
    nu.schooljaar,
    nu.profiel,
    nu.maat,
    nu.waarde,
    vorig.waarde as waarde_vorig_jaar,
    cast(round(100.0 * (nu.waarde - vorig.waarde) / nullif(vorig.waarde, 0), 1) as decimal(12, 1)) as verandering,
    eerst.waarde as waarde_2017,
    cast(round(100.0 * (nu.waarde - eerst.waarde) / nullif(eerst.waarde, 0), 1) as decimal(12, 1)) as verandering_2017
from maten nu
left join maten vorig
    on vorig.schooljaar = schooljaar_min(nu.schooljaar, 1)
    and vorig.profiel = nu.profiel
    and vorig.maat = nu.maat
left join maten eerst
    on eerst.schooljaar = '2017-2018'
    and eerst.profiel = nu.profiel
    and eerst.maat = nu.maat
