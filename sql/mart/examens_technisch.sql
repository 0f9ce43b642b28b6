/*---
description = "School exams in electives and profile modules that technical profiles offer, and the share of them by pupils outside the technical profiles (table B3.17 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "aanbiedend_profiel"]
partition = ["schooljaar"]
audits = [
  { not_null = ["examens", "door_niet_techniek", "leerlingen"] },
  { expression = "door_niet_techniek <= examens" },
]

[inputs]
"core.examen" = "same"

[disclosure]
unpublished = [
  "leerlingen_techniek",
  "leerlingen_niet_techniek",
]

[[disclosure.counts]]
column = "leerlingen"
blank = ["examens", "aandeel_niet_techniek"]

[[disclosure.counts]]
column = "leerlingen_techniek"
blank = ["door_niet_techniek", "aandeel_niet_techniek"]

[[disclosure.counts]]
column = "leerlingen_niet_techniek"
blank = ["door_niet_techniek", "aandeel_niet_techniek"]

[disclosure.totals.aanbiedend_profiel]
"totaal techniek" = ["BWI", "MaT", "MVI", "M&T", "PIE"]

[columns]
schooljaar = "School year of the exams"
aanbiedend_profiel = "Technical profile that offers the elective or module, or `totaal techniek`"
examens = "Exams of fourth-year pupils of bl, kl and gl who are enrolled in a profile; 0 where there are none"
door_niet_techniek = "Of those: by pupils in a profile that is not technical"
aandeel_niet_techniek = "Share of door_niet_techniek in examens, percent; null where there are no exams"
leerlingen = "Pupils who sat the exams, each counted once"
leerlingen_techniek = "Pupils in a technical profile who sat any of them; not published"
leerlingen_niet_techniek = "Pupils in another profile who sat any of them; not published"
---*/
with profielen as (
    select distinct profiel, sector
    from ref.profielen
    where herkomst = 'monitor'
      and sector = 'techniek'
), rijen as (
    select profiel, profiel as rij from profielen
    union all
    select profiel, 'totaal techniek' as rij from profielen
), examens as (
    select schooljaar, persoon, aanbiedend_profiel, sector
    from core.examen
    where leerweg in ('bl', 'kl', 'gl')
      and sector in ('techniek', 'niet-techniek')
), geteld as (
    select
        e.schooljaar,
        r.rij,
        count(*) as examens,
        count(case when e.sector = 'niet-techniek' then 1 end) as door_niet_techniek,
        count(distinct e.persoon) as leerlingen,
        count(distinct case when e.sector = 'techniek' then e.persoon end) as leerlingen_techniek,
        count(distinct case when e.sector = 'niet-techniek' then e.persoon end) as leerlingen_niet_techniek
    from examens e
    join rijen r on r.profiel = e.aanbiedend_profiel
    group by e.schooljaar, r.rij
)
select
    j.schooljaar,
    r.rij as aanbiedend_profiel,
    coalesce(g.examens, 0) as examens,
    coalesce(g.door_niet_techniek, 0) as door_niet_techniek,
    100.0 * g.door_niet_techniek / g.examens as aandeel_niet_techniek,
    coalesce(g.leerlingen, 0) as leerlingen,
    coalesce(g.leerlingen_techniek, 0) as leerlingen_techniek,
    coalesce(g.leerlingen_niet_techniek, 0) as leerlingen_niet_techniek
from (select distinct schooljaar from examens) j
cross join (select distinct rij from rijen) r
left join geteld g on g.schooljaar = j.schooljaar and g.rij = r.rij
