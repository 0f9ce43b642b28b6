/*---
description = "Teachers by profile, and once more in the total of technical and in that of other profiles: each person once in each"
owner = "onderwijsdata"
grain = ["schooljaar", "persoon", "profiel"]
partition = ["schooljaar"]
audits = [
  { not_null = ["sector", "bevoegd"] },
]

[inputs]
"core.lesgevende" = "same"

[columns]
schooljaar = "School year of the reference date 1 October"
persoon = "Pseudonym of the teacher"
profiel = "A profile, `totaal techniek` or `totaal niet-techniek`"
sector = "techniek or niet-techniek"
fte = "Share of the taught hours that is in the profile or in the profiles of the total, times the part-time factor; null without an employment"
bevoegd = "Whether more than half of the hours in the profile, or in the profiles of the total, are taught qualified"
ondersteunend = "Whether the largest employment is a supporting one; null without an employment"
vast = "Whether the largest employment is permanent; null without an employment"
geslacht = "MAN, VROUW or ONBEKEND; null without an employment"
leeftijd = "Age on 1 October, years; null where not known"
opleidingsniveau = "Highest education: lager, mbo, hbo, wo or onbekend"
opleidingsrichting = "Its field: lerarenopleiding, overige onderwijsopleiding, andere opleiding or onbekend"
geeft_avo = "Whether the teacher also teaches a general subject in bl, kl or gl"
geeft_overig = "Whether the teacher also teaches another subject in bl, kl or gl"
---*/
select
    schooljaar,
    persoon,
    profiel,
    sector,
    cast(fte as decimal(22, 6)) as fte,
    bevoegd,
    ondersteunend,
    vast,
    geslacht,
    leeftijd,
    opleidingsniveau,
    opleidingsrichting,
    geeft_avo,
    geeft_overig
from core.lesgevende
union all
-- the characteristics are of the person, and so the same in all rows of one
select
    schooljaar,
    persoon,
    'totaal ' || sector as profiel,
    sector,
    sum(fte) as fte,
    2 * sum(uren_bevoegd) > sum(uren) as bevoegd,
    ondersteunend,
    vast,
    geslacht,
    leeftijd,
    opleidingsniveau,
    opleidingsrichting,
    geeft_avo,
    geeft_overig
from core.lesgevende
group by
    schooljaar, persoon, sector, ondersteunend, vast, geslacht, leeftijd, opleidingsniveau, opleidingsrichting,
    geeft_avo, geeft_overig
