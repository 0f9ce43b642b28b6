/*---
description = "Third-year vmbo pupils by leerweg and profile and the change on the school year before (table B3.1 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "leerweg", "profiel"]
partition = ["schooljaar"]
audits = [
  { not_null = ["leerlingen"] },
  { accepted = { column = "leerweg", values = ["bl", "kl", "gl", "totaal"] } },
]

[inputs]
"core.leerlingen_aantallen" = { window = ["schooljaar", -1, 0] }

[disclosure]
count = ["leerlingen", "leerlingen_vorig_jaar"]
blank = "verandering"

[disclosure.totals.leerweg]
"totaal" = ["bl", "kl", "gl"]

[disclosure.totals.profiel]
"totaal techniek" = ["BWI", "MaT", "MVI", "M&T", "PIE"]
"totaal niet-techniek" = ["D&P", "E&O", "Groen", "HBR", "Z&W"]
"totaal" = ["totaal techniek", "totaal niet-techniek"]

[columns]
schooljaar = "School year of the reference date 1 October"
leerweg = "bl, kl, gl, or totaal: a pupil in two of them counts once"
profiel = "A profile, `totaal techniek`, `totaal niet-techniek`, or `totaal`: in one of the profiles"
leerlingen = "Pupils, each counted once; 0 where nobody is"
leerlingen_vorig_jaar = "Pupils in the school year before; null where there are no enrolments of that year"
verandering = "Change of leerlingen on leerlingen_vorig_jaar, percent, one decimal; null without an earlier year, or where it had nobody"
---*/
select
    nu.schooljaar,
    nu.leerweg,
    nu.rij as profiel,
    nu.leerlingen,
    vorig.leerlingen as leerlingen_vorig_jaar,
    cast(
        round(100.0 * (nu.leerlingen - vorig.leerlingen) / nullif(vorig.leerlingen, 0), 1)
        as decimal(12, 1)
    ) as verandering
from core.leerlingen_aantallen nu
left join core.leerlingen_aantallen vorig
    on vorig.schooljaar = schooljaar_min(nu.schooljaar, 1)
    and vorig.leerweg = nu.leerweg
    and vorig.rij = nu.rij
where nu.rij not in ('afdelingsvakken en vakmanschapsroute', 'totaal met afdelingsvakken')
