/*---
description = "School exams in electives and profile modules, with the profile that the pupil was enrolled in in the fourth year"
owner = "onderwijsdata"
grain = ["schooljaar", "persoon", "vestiging", "vakcode"]
partition = ["schooljaar"]
audits = [
  { not_null = ["soort", "aanbiedend_profiel", "aanbiedende_sector"] },
  { name = "leerling_in_leerjaar_4", not_null = ["profiel"], severity = "warning" },
]

[inputs]
"staging.duo_examens" = "same"
"core.vierdejaars" = "same"

[columns]
schooljaar = "School year of the exam"
persoon = "Pseudonym of the pupil"
vestiging = "School site, six characters"
vakcode = "Code of the elective or module"
soort = "keuzevak or profielmodule"
aanbiedend_profiel = "Profile that offers the elective or module"
aanbiedende_sector = "techniek or niet-techniek, of that profile"
cijfer = "Mark, one decimal; null when none was delivered: the exam counts all the same"
leerweg = "Leerweg of the pupil in the fourth year; null for a person who was not in the fourth year of vmbo that school year"
profiel = "Profile of the pupil in the fourth year; null as leerweg"
sector = "Sector of the pupil's profile; null as leerweg"
---*/
with profielen as (
    select distinct profiel, sector
    from ref.profielen
    where herkomst = 'monitor'
)
select
    e.schooljaar,
    e.persoon,
    e.vestiging,
    e.vakcode,
    e.soort,
    e.aanbiedend_profiel,
    p.sector as aanbiedende_sector,
    e.cijfer,
    l.leerweg,
    l.profiel,
    l.sector
from staging.duo_examens e
left join profielen p on p.profiel = e.aanbiedend_profiel
left join core.vierdejaars l on l.schooljaar = e.schooljaar and l.persoon = e.persoon
