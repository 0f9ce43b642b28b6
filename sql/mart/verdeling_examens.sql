/*---
description = "How the school exams of pupils in a profile are spread over the profiles that offer them (table B3.9 of the monitor: a column of the print adds to 100%)"
owner = "onderwijsdata"
grain = ["schooljaar", "aanbiedend_profiel", "profiel"]
partition = ["schooljaar"]
audits = [
  { not_null = ["examens", "noemer", "leerlingen"] },
  { expression = "examens <= noemer" },
  { name = "leeg_zonder_examens", expression = "(aandeel is null) = (examens = 0) and (procent is null) = (examens = 0)" },
]

[inputs]
"core.examen" = "same"

# Exams are not persons: those who sat none in the profile do not show in the exams, only beside leerlingen. Those who sat
# some elsewhere show in the exams that are left of noemer.
[disclosure]
unpublished = ["deelnemers", "leerlingen_niet", "leerlingen_elders"]

[[disclosure.counts]]
column = "deelnemers"
blank = ["leerlingen", "examens", "aandeel", "procent"]

[[disclosure.counts]]
column = "leerlingen_niet"
blank = "leerlingen"

[[disclosure.counts]]
column = "leerlingen_elders"
blank = ["examens", "aandeel", "procent"]

[[disclosure.counts]]
column = "leerlingen_profiel"
blank = ["noemer", "aandeel", "procent"]

[columns]
schooljaar = "School year of the exams"
aanbiedend_profiel = "Profile that offers the elective or module"
profiel = "Profile the pupil is enrolled in in the fourth year"
examens = "Exams of fourth-year pupils of bl, kl and gl; 0 where there are none"
noemer = "All exams of the pupils in profiel"
aandeel = "Share of examens in noemer, percent, not rounded; null where there are no exams"
procent = "As printed: null where there are no exams, 0 below one percent, else the share in whole percents"
leerlingen = "Pupils who sat the exams, each counted once"
leerlingen_profiel = "Pupils who sat the exams in noemer, each counted once"
deelnemers = "As leerlingen, which is withheld by it; not published"
leerlingen_niet = "The others of leerlingen_profiel; not published"
leerlingen_elders = "Pupils of leerlingen_profiel who sat any that another profile offers; not published"
---*/
with profielen as (
    select distinct profiel
    from ref.profielen
    where herkomst = 'monitor'
), examens as (
    select schooljaar, persoon, aanbiedend_profiel, profiel
    from core.examen
    where leerweg in ('bl', 'kl', 'gl')
      and sector in ('techniek', 'niet-techniek')
), geteld as (
    select schooljaar, aanbiedend_profiel, profiel, count(*) as examens, count(distinct persoon) as leerlingen
    from examens
    group by schooljaar, aanbiedend_profiel, profiel
), noemers as (
    select schooljaar, profiel, count(*) as noemer, count(distinct persoon) as leerlingen
    from examens
    group by schooljaar, profiel
), alleen as (
    select schooljaar, profiel, aanbiedend_profiel, count(*) as leerlingen
    from (
        select schooljaar, persoon, profiel, min(aanbiedend_profiel) as aanbiedend_profiel
        from examens
        group by schooljaar, persoon, profiel
        having count(distinct aanbiedend_profiel) = 1
    )
    group by schooljaar, profiel, aanbiedend_profiel
), compleet as (
    select
        j.schooljaar,
        a.profiel as aanbiedend_profiel,
        p.profiel,
        coalesce(g.examens, 0) as examens,
        coalesce(n.noemer, 0) as noemer,
        100.0 * g.examens / n.noemer as aandeel,
        coalesce(g.leerlingen, 0) as leerlingen,
        coalesce(n.leerlingen, 0) as leerlingen_profiel,
        coalesce(n.leerlingen, 0) - coalesce(g.leerlingen, 0) as leerlingen_niet,
        coalesce(n.leerlingen, 0) - coalesce(e.leerlingen, 0) as leerlingen_elders
    from (select distinct schooljaar from examens) j
    cross join profielen a
    cross join profielen p
    left join geteld g
        on g.schooljaar = j.schooljaar and g.aanbiedend_profiel = a.profiel and g.profiel = p.profiel
    left join noemers n on n.schooljaar = j.schooljaar and n.profiel = p.profiel
    left join alleen e
        on e.schooljaar = j.schooljaar and e.aanbiedend_profiel = a.profiel and e.profiel = p.profiel
)
select
    schooljaar,
    aanbiedend_profiel,
    profiel,
    examens,
    noemer,
    aandeel,
    case when aandeel < 1 then 0 else cast(round(aandeel) as int) end as procent,
    leerlingen,
    leerlingen_profiel,
    leerlingen as deelnemers,
    leerlingen_niet,
    leerlingen_elders
from compleet
