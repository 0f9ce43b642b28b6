/*---
description = "Mean number of third-year pupils per site in bl and in kl by STO-regio and technical profile, and the change on the school year before (figure B3.5 of the monitor)"
owner = "onderwijsdata"
grain = ["schooljaar", "regio", "profiel"]
partition = ["schooljaar"]
audits = [
  { accepted = { column = "profiel", values = ["BWI", "MaT", "MVI", "M&T", "PIE"] } },
  { accepted = { column = "clusterletter", values = ["A", "B", "C", "D"] } },
]

[inputs]
"core.vestiging_profiel" = { window = ["schooljaar", -1, 0] }
"core.inschrijving" = { window = ["schooljaar", -1, 0] }
"core.regio_vestiging" = { window = ["schooljaar", -1, 0] }

# A pupil at two sites counts at both, so persons govern. Every site has a pupil: their number tells as much as the sum.
[disclosure]
blank = "clusterletter"
unpublished = ["personen_bl", "personen_bl_vorig_jaar", "personen_kl", "personen_kl_vorig_jaar"]

[[disclosure.counts]]
column = "personen_bl"
blank = ["leerlingen_bl", "vestigingen_bl", "gemiddeld_bl", "verandering_bl"]

[[disclosure.counts]]
column = "personen_bl_vorig_jaar"
blank = ["leerlingen_bl_vorig_jaar", "gemiddeld_bl_vorig_jaar", "verandering_bl"]

[[disclosure.counts]]
column = "personen_kl"
blank = ["leerlingen_kl", "vestigingen_kl", "gemiddeld_kl", "verandering_kl"]

[[disclosure.counts]]
column = "personen_kl_vorig_jaar"
blank = ["leerlingen_kl_vorig_jaar", "gemiddeld_kl_vorig_jaar", "verandering_kl"]

[columns]
schooljaar = "School year of the reference date 1 October"
regio = "STO-regio; sites outside every region are left out"
profiel = "Technical profile that the region offers in bl or kl in that school year"
leerlingen_bl = "Pupils in bl, summed over sites; 0 where the profile is not offered in bl"
vestigingen_bl = "Sites that offer it in bl"
gemiddeld_bl = "Mean number of pupils per site in bl; null where it is not offered in bl"
leerlingen_bl_vorig_jaar = "Pupils in bl in the school year before, summed over sites; null without an earlier year"
gemiddeld_bl_vorig_jaar = "gemiddeld_bl of the school year before; null where it was not offered in bl"
verandering_bl = "Change of gemiddeld_bl, percent; null unless offered in both years"
leerlingen_kl = "Pupils in kl, summed over sites; 0 where the profile is not offered in kl"
vestigingen_kl = "Sites that offer it in kl"
gemiddeld_kl = "Mean number of pupils per site in kl; null where it is not offered in kl"
leerlingen_kl_vorig_jaar = "Pupils in kl in the school year before, summed over sites; null without an earlier year"
gemiddeld_kl_vorig_jaar = "gemiddeld_kl of the school year before; null where it was not offered in kl"
verandering_kl = "Change of gemiddeld_kl, percent; null unless offered in both years"
clusterletter = "No change counts as growth. A: neither fell; B: both fell; C: bl did not fall, kl fell; D: bl fell, kl did not; null unless offered in bl and kl in both years, and where a number beside it is withheld"
personen_bl = "Pupils in bl, each counted once; not published"
personen_bl_vorig_jaar = "The same in the school year before; not published"
personen_kl = "Pupils in kl, each counted once; not published"
personen_kl_vorig_jaar = "The same in the school year before; not published"
---*/
with personen as (
    select i.schooljaar, r.regio, i.profiel, i.leerweg, count(distinct i.persoon) as personen
    from core.inschrijving i
    join core.regio_vestiging r on r.schooljaar = i.schooljaar and r.vestiging = i.vestiging
    where i.leerjaar = 3
      and i.sector = 'techniek'
      and i.leerweg in ('bl', 'kl')
    group by i.schooljaar, r.regio, i.profiel, i.leerweg
), per_leerweg as (
    select
        schooljaar,
        regio,
        profiel,
        leerweg,
        sum(leerlingen) as leerlingen,
        count(*) as vestigingen,
        avg(leerlingen) as gemiddeld
    from core.vestiging_profiel
    where sector = 'techniek'
      and leerweg in ('bl', 'kl')
      and regio is not null
    group by schooljaar, regio, profiel, leerweg
), leerwegen as (
    select l.*, p.personen
    from per_leerweg l
    join personen p
        on p.schooljaar = l.schooljaar and p.regio = l.regio and p.profiel = l.profiel and p.leerweg = l.leerweg
), regios as (
    select distinct schooljaar, regio, profiel
    from leerwegen
), naast_elkaar as (
    select
        r.schooljaar,
        r.regio,
        r.profiel,
        coalesce(bl.personen, 0) as personen_bl,
        coalesce(bl.leerlingen, 0) as leerlingen_bl,
        coalesce(bl.vestigingen, 0) as vestigingen_bl,
        bl.gemiddeld as gemiddeld_bl,
        coalesce(kl.personen, 0) as personen_kl,
        coalesce(kl.leerlingen, 0) as leerlingen_kl,
        coalesce(kl.vestigingen, 0) as vestigingen_kl,
        kl.gemiddeld as gemiddeld_kl
    from regios r
    left join leerwegen bl
        on bl.schooljaar = r.schooljaar and bl.regio = r.regio and bl.profiel = r.profiel and bl.leerweg = 'bl'
    left join leerwegen kl
        on kl.schooljaar = r.schooljaar and kl.regio = r.regio and kl.profiel = r.profiel and kl.leerweg = 'kl'
)
select
    nu.schooljaar,
    nu.regio,
    nu.profiel,
    nu.leerlingen_bl,
    nu.vestigingen_bl,
    nu.gemiddeld_bl,
    case when j.schooljaar is not null then coalesce(vorig.leerlingen_bl, 0) end as leerlingen_bl_vorig_jaar,
    vorig.gemiddeld_bl as gemiddeld_bl_vorig_jaar,
    100.0 * (nu.gemiddeld_bl - vorig.gemiddeld_bl) / vorig.gemiddeld_bl as verandering_bl,
    nu.leerlingen_kl,
    nu.vestigingen_kl,
    nu.gemiddeld_kl,
    case when j.schooljaar is not null then coalesce(vorig.leerlingen_kl, 0) end as leerlingen_kl_vorig_jaar,
    vorig.gemiddeld_kl as gemiddeld_kl_vorig_jaar,
    100.0 * (nu.gemiddeld_kl - vorig.gemiddeld_kl) / vorig.gemiddeld_kl as verandering_kl,
    case
        when nu.gemiddeld_bl >= vorig.gemiddeld_bl and nu.gemiddeld_kl >= vorig.gemiddeld_kl then 'A'
        when nu.gemiddeld_bl < vorig.gemiddeld_bl and nu.gemiddeld_kl < vorig.gemiddeld_kl then 'B'
        when nu.gemiddeld_bl >= vorig.gemiddeld_bl and nu.gemiddeld_kl < vorig.gemiddeld_kl then 'C'
        when nu.gemiddeld_bl < vorig.gemiddeld_bl and nu.gemiddeld_kl >= vorig.gemiddeld_kl then 'D'
    end as clusterletter,
    nu.personen_bl,
    case when j.schooljaar is not null then coalesce(vorig.personen_bl, 0) end as personen_bl_vorig_jaar,
    nu.personen_kl,
    case when j.schooljaar is not null then coalesce(vorig.personen_kl, 0) end as personen_kl_vorig_jaar
from naast_elkaar nu
left join naast_elkaar vorig
    on vorig.schooljaar = schooljaar_min(nu.schooljaar, 1)
    and vorig.regio = nu.regio
    and vorig.profiel = nu.profiel
left join (select distinct schooljaar from leerwegen) j
    on j.schooljaar = schooljaar_min(nu.schooljaar, 1)
