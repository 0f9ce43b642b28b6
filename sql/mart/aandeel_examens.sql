/*---
description = "School exams by the profile that offers them: the shares sat by pupils in technical and in other profiles (figure B3.13 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "aanbiedend_profiel", "sector"]
partition = ["schooljaar"]
audits = [
  { not_null = ["examens", "noemer", "leerlingen"] },
  { expression = "examens <= noemer" },
]

[inputs]
"core.examen" = "same"

[disclosure]
blank = "examens"

[[disclosure.counts]]
column = "leerlingen_noemer"
blank = "noemer"

[[disclosure.shares]]
share = "aandeel"
numerator = "leerlingen"
denominator = "leerlingen_noemer"
extremes = "show"

[disclosure.totals.aanbiedend_profiel]
"totaal techniek" = ["BWI", "MaT", "MVI", "M&T", "PIE"]
"totaal niet-techniek" = ["D&P", "E&O", "Groen", "HBR", "Z&W"]

[columns]
schooljaar = "School year of the exams"
aanbiedend_profiel = "Profile that offers the elective or module, or `totaal techniek`, `totaal niet-techniek`"
sector = "techniek or niet-techniek: of the profile the pupil is enrolled in in the fourth year"
examens = "Exams of fourth-year pupils of bl, kl and gl in that sector; 0 where there are none"
noemer = "Those of both sectors"
aandeel = "Share of examens in noemer, percent; null where there are no exams"
leerlingen = "Pupils of that sector who sat the exams, each counted once"
leerlingen_noemer = "Pupils of both sectors who sat them, each counted once"
---*/
with profielen as (
    select distinct profiel, sector
    from ref.profielen
    where herkomst = 'monitor'
), rijen as (
    select profiel, profiel as rij from profielen
    union all
    select profiel, 'totaal ' || sector as rij from profielen
), examens as (
    select e.schooljaar, e.persoon, e.sector, r.rij
    from core.examen e
    join rijen r on r.profiel = e.aanbiedend_profiel
    where e.leerweg in ('bl', 'kl', 'gl')
      and e.sector in ('techniek', 'niet-techniek')
), geteld as (
    select schooljaar, rij, sector, count(*) as examens, count(distinct persoon) as leerlingen
    from examens
    group by schooljaar, rij, sector
), noemers as (
    select schooljaar, rij, count(*) as noemer, count(distinct persoon) as leerlingen
    from examens
    group by schooljaar, rij
)
select
    j.schooljaar,
    r.rij as aanbiedend_profiel,
    s.sector,
    coalesce(g.examens, 0) as examens,
    coalesce(n.noemer, 0) as noemer,
    100.0 * coalesce(g.examens, 0) / n.noemer as aandeel,
    coalesce(g.leerlingen, 0) as leerlingen,
    coalesce(n.leerlingen, 0) as leerlingen_noemer
from (select distinct schooljaar from examens) j
cross join (select distinct rij from rijen) r
cross join (select distinct sector from profielen) s
left join geteld g on g.schooljaar = j.schooljaar and g.rij = r.rij and g.sector = s.sector
left join noemers n on n.schooljaar = j.schooljaar and n.rij = r.rij
