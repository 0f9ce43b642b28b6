/*---
description = "School exams in electives and profile modules by the profile that offers them, and who sat them (table B3.7 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "aanbiedend_profiel"]
partition = ["schooljaar"]
audits = [
  { not_null = ["examens", "door_techniek", "door_niet_techniek", "door_eigen_profiel", "leerlingen"] },
  { expression = "door_techniek + door_niet_techniek = examens and door_eigen_profiel <= examens" },
]

[inputs]
"core.examen" = { window = ["schooljaar", -1, 0] }

[disclosure]
unpublished = [
  "leerlingen_vorig_jaar",
  "leerlingen_techniek",
  "leerlingen_niet_techniek",
  "leerlingen_eigen_profiel",
  "leerlingen_ander_profiel",
  "leerlingen_zelfde_sector",
]

[[disclosure.counts]]
column = "leerlingen"
blank = ["examens", "door_techniek", "door_niet_techniek", "door_eigen_profiel", "aandeel_eigen_profiel"]

[[disclosure.counts]]
column = "leerlingen_vorig_jaar"
blank = "examens_vorig_jaar"

[[disclosure.counts]]
column = "leerlingen_techniek"
blank = ["door_techniek", "door_niet_techniek"]

[[disclosure.counts]]
column = "leerlingen_niet_techniek"
blank = ["door_techniek", "door_niet_techniek"]

[[disclosure.counts]]
column = "leerlingen_eigen_profiel"
blank = ["door_eigen_profiel", "aandeel_eigen_profiel"]

[[disclosure.counts]]
column = "leerlingen_ander_profiel"
blank = ["door_eigen_profiel", "aandeel_eigen_profiel"]

# what is left of the exams of one sector, as door_techniek less door_eigen_profiel
[[disclosure.counts]]
column = "leerlingen_zelfde_sector"
blank = ["door_eigen_profiel", "aandeel_eigen_profiel"]

[disclosure.totals.aanbiedend_profiel]
"totaal techniek" = ["BWI", "MaT", "MVI", "M&T", "PIE"]
"totaal niet-techniek" = ["D&P", "E&O", "Groen", "HBR", "Z&W"]
"totaal" = ["totaal techniek", "totaal niet-techniek"]

[columns]
schooljaar = "School year of the exams"
aanbiedend_profiel = "Profile that offers the elective or module, or `totaal techniek`, `totaal niet-techniek`, `totaal`"
examens = "Exams of fourth-year pupils of bl, kl and gl who are enrolled in a profile; pupils in afdelingsvakken and routes are left out"
examens_vorig_jaar = "The same in the school year before; null where there are no exams of that year"
door_techniek = "Exams by pupils in a technical profile"
door_niet_techniek = "Exams by pupils in another profile"
door_eigen_profiel = "Exams by pupils enrolled in the very profile that offers them"
aandeel_eigen_profiel = "Share of door_eigen_profiel in examens, percent; null where there are no exams"
leerlingen = "Pupils who sat the exams, each counted once"
leerlingen_vorig_jaar = "Pupils who sat those of the school year before; not published"
leerlingen_techniek = "Pupils in a technical profile who sat any of the exams; not published"
leerlingen_niet_techniek = "Pupils in another profile who sat any of them; not published"
leerlingen_eigen_profiel = "Pupils who sat any that their own profile offers; not published"
leerlingen_ander_profiel = "Pupils who sat any that their own profile does not offer; not published"
leerlingen_zelfde_sector = "Pupils in another profile of the sector that offers them who sat any; not published"
---*/
with profielen as (
    select distinct profiel, sector
    from ref.profielen
    where herkomst = 'monitor'
), rijen as (
    select profiel, profiel as rij from profielen
    union all
    select profiel, 'totaal ' || sector as rij from profielen
    union all
    select profiel, 'totaal' as rij from profielen
), examens as (
    select schooljaar, persoon, aanbiedend_profiel, aanbiedende_sector, profiel, sector
    from core.examen
    where leerweg in ('bl', 'kl', 'gl')
      and sector in ('techniek', 'niet-techniek')
), geteld as (
    select
        e.schooljaar,
        r.rij,
        count(*) as examens,
        count(case when e.sector = 'techniek' then 1 end) as door_techniek,
        count(case when e.sector = 'niet-techniek' then 1 end) as door_niet_techniek,
        count(case when e.profiel = e.aanbiedend_profiel then 1 end) as door_eigen_profiel,
        count(distinct e.persoon) as leerlingen,
        count(distinct case when e.sector = 'techniek' then e.persoon end) as leerlingen_techniek,
        count(distinct case when e.sector = 'niet-techniek' then e.persoon end) as leerlingen_niet_techniek,
        count(distinct case when e.profiel = e.aanbiedend_profiel then e.persoon end) as leerlingen_eigen_profiel,
        count(distinct case when e.profiel <> e.aanbiedend_profiel then e.persoon end) as leerlingen_ander_profiel,
        count(
            distinct case when e.profiel <> e.aanbiedend_profiel and e.sector = e.aanbiedende_sector then e.persoon end
        ) as leerlingen_zelfde_sector
    from examens e
    join rijen r on r.profiel = e.aanbiedend_profiel
    group by e.schooljaar, r.rij
), compleet as (
    select
        j.schooljaar,
        r.rij,
        coalesce(g.examens, 0) as examens,
        coalesce(g.door_techniek, 0) as door_techniek,
        coalesce(g.door_niet_techniek, 0) as door_niet_techniek,
        coalesce(g.door_eigen_profiel, 0) as door_eigen_profiel,
        coalesce(g.leerlingen, 0) as leerlingen,
        coalesce(g.leerlingen_techniek, 0) as leerlingen_techniek,
        coalesce(g.leerlingen_niet_techniek, 0) as leerlingen_niet_techniek,
        coalesce(g.leerlingen_eigen_profiel, 0) as leerlingen_eigen_profiel,
        coalesce(g.leerlingen_ander_profiel, 0) as leerlingen_ander_profiel,
        coalesce(g.leerlingen_zelfde_sector, 0) as leerlingen_zelfde_sector
    from (select distinct schooljaar from examens) j
    cross join (select distinct rij from rijen) r
    left join geteld g on g.schooljaar = j.schooljaar and g.rij = r.rij
)
select
    nu.schooljaar,
    nu.rij as aanbiedend_profiel,
    nu.examens,
    vorig.examens as examens_vorig_jaar,
    nu.door_techniek,
    nu.door_niet_techniek,
    nu.door_eigen_profiel,
    100.0 * nu.door_eigen_profiel / nullif(nu.examens, 0) as aandeel_eigen_profiel,
    nu.leerlingen,
    vorig.leerlingen as leerlingen_vorig_jaar,
    nu.leerlingen_techniek,
    nu.leerlingen_niet_techniek,
    nu.leerlingen_eigen_profiel,
    nu.leerlingen_ander_profiel,
    nu.leerlingen_zelfde_sector
from compleet nu
left join compleet vorig
    on vorig.schooljaar = schooljaar_min(nu.schooljaar, 1)
    and vorig.rij = nu.rij
