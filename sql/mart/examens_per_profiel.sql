/*---
description = "School exams in electives and profile modules by the profile the pupils are enrolled in, and what profiles offer them (table B3.8 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "profiel"]
partition = ["schooljaar"]
audits = [
  { not_null = ["examens", "in_technische", "in_niet_technische", "binnen_eigen_profiel", "leerlingen"] },
  { expression = "in_technische + in_niet_technische = examens and binnen_eigen_profiel <= examens" },
]

[inputs]
"core.examen" = { window = ["schooljaar", -1, 0] }

[disclosure]
unpublished = [
  "leerlingen_vorig_jaar",
  "leerlingen_technische",
  "leerlingen_niet_technische",
  "leerlingen_eigen_profiel",
  "leerlingen_ander_profiel",
  "leerlingen_zelfde_sector",
]

[[disclosure.counts]]
column = "leerlingen"
blank = ["examens", "in_technische", "aandeel_in_technische", "in_niet_technische", "aandeel_in_niet_technische", "binnen_eigen_profiel", "aandeel_eigen_profiel"]

[[disclosure.counts]]
column = "leerlingen_vorig_jaar"
blank = "examens_vorig_jaar"

[[disclosure.counts]]
column = "leerlingen_technische"
blank = ["in_technische", "aandeel_in_technische", "in_niet_technische", "aandeel_in_niet_technische"]

[[disclosure.counts]]
column = "leerlingen_niet_technische"
blank = ["in_technische", "aandeel_in_technische", "in_niet_technische", "aandeel_in_niet_technische"]

[[disclosure.counts]]
column = "leerlingen_eigen_profiel"
blank = ["binnen_eigen_profiel", "aandeel_eigen_profiel"]

[[disclosure.counts]]
column = "leerlingen_ander_profiel"
blank = ["binnen_eigen_profiel", "aandeel_eigen_profiel"]

# what is left of the exams of one sector, as in_technische less binnen_eigen_profiel
[[disclosure.counts]]
column = "leerlingen_zelfde_sector"
blank = ["binnen_eigen_profiel", "aandeel_eigen_profiel"]

[disclosure.totals.profiel]
"totaal techniek" = ["BWI", "MaT", "MVI", "M&T", "PIE"]
"totaal niet-techniek" = ["D&P", "E&O", "Groen", "HBR", "Z&W"]
"totaal" = ["totaal techniek", "totaal niet-techniek"]

[columns]
schooljaar = "School year of the exams"
profiel = "Profile the pupil is enrolled in in the fourth year, or `totaal techniek`, `totaal niet-techniek`, `totaal`"
examens = "Exams of fourth-year pupils of bl, kl and gl"
examens_vorig_jaar = "The same in the school year before; null where there are no exams of that year"
in_technische = "Exams in electives and modules that a technical profile offers"
aandeel_in_technische = "Share of in_technische in examens, percent; null where there are no exams"
in_niet_technische = "Exams in electives and modules that another profile offers"
aandeel_in_niet_technische = "Share of in_niet_technische in examens, percent; null where there are no exams"
binnen_eigen_profiel = "Exams in electives and modules that the pupil's own profile offers"
aandeel_eigen_profiel = "Share of binnen_eigen_profiel in examens, percent; null where there are no exams"
leerlingen = "Pupils who sat the exams, each counted once"
leerlingen_vorig_jaar = "Pupils who sat those of the school year before; not published"
leerlingen_technische = "Pupils who sat any that a technical profile offers; not published"
leerlingen_niet_technische = "Pupils who sat any that another profile offers; not published"
leerlingen_eigen_profiel = "Pupils who sat any that their own profile offers; not published"
leerlingen_ander_profiel = "Pupils who sat any that their own profile does not offer; not published"
leerlingen_zelfde_sector = "Pupils who sat any that another profile of the sector of their own offers; not published"
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
        count(case when e.aanbiedende_sector = 'techniek' then 1 end) as in_technische,
        count(case when e.aanbiedende_sector = 'niet-techniek' then 1 end) as in_niet_technische,
        count(case when e.profiel = e.aanbiedend_profiel then 1 end) as binnen_eigen_profiel,
        count(distinct e.persoon) as leerlingen,
        count(distinct case when e.aanbiedende_sector = 'techniek' then e.persoon end) as leerlingen_technische,
        count(distinct case when e.aanbiedende_sector = 'niet-techniek' then e.persoon end) as leerlingen_niet_technische,
        count(distinct case when e.profiel = e.aanbiedend_profiel then e.persoon end) as leerlingen_eigen_profiel,
        count(distinct case when e.profiel <> e.aanbiedend_profiel then e.persoon end) as leerlingen_ander_profiel,
        count(
            distinct case when e.profiel <> e.aanbiedend_profiel and e.sector = e.aanbiedende_sector then e.persoon end
        ) as leerlingen_zelfde_sector
    from examens e
    join rijen r on r.profiel = e.profiel
    group by e.schooljaar, r.rij
), compleet as (
    select
        j.schooljaar,
        r.rij,
        coalesce(g.examens, 0) as examens,
        coalesce(g.in_technische, 0) as in_technische,
        coalesce(g.in_niet_technische, 0) as in_niet_technische,
        coalesce(g.binnen_eigen_profiel, 0) as binnen_eigen_profiel,
        coalesce(g.leerlingen, 0) as leerlingen,
        coalesce(g.leerlingen_technische, 0) as leerlingen_technische,
        coalesce(g.leerlingen_niet_technische, 0) as leerlingen_niet_technische,
        coalesce(g.leerlingen_eigen_profiel, 0) as leerlingen_eigen_profiel,
        coalesce(g.leerlingen_ander_profiel, 0) as leerlingen_ander_profiel,
        coalesce(g.leerlingen_zelfde_sector, 0) as leerlingen_zelfde_sector
    from (select distinct schooljaar from examens) j
    cross join (select distinct rij from rijen) r
    left join geteld g on g.schooljaar = j.schooljaar and g.rij = r.rij
)
select
    nu.schooljaar,
    nu.rij as profiel,
    nu.examens,
    vorig.examens as examens_vorig_jaar,
    nu.in_technische,
    100.0 * nu.in_technische / nullif(nu.examens, 0) as aandeel_in_technische,
    nu.in_niet_technische,
    100.0 * nu.in_niet_technische / nullif(nu.examens, 0) as aandeel_in_niet_technische,
    nu.binnen_eigen_profiel,
    100.0 * nu.binnen_eigen_profiel / nullif(nu.examens, 0) as aandeel_eigen_profiel,
    nu.leerlingen,
    vorig.leerlingen as leerlingen_vorig_jaar,
    nu.leerlingen_technische,
    nu.leerlingen_niet_technische,
    nu.leerlingen_eigen_profiel,
    nu.leerlingen_ander_profiel,
    nu.leerlingen_zelfde_sector
from compleet nu
left join compleet vorig
    on vorig.schooljaar = schooljaar_min(nu.schooljaar, 1)
    and vorig.rij = nu.rij
