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

[disclosure]
blank = "clusterletter"

[[disclosure.counts]]
column = "leerlingen_bl"
blank = ["gemiddeld_bl", "verandering_bl"]

[[disclosure.counts]]
column = "leerlingen_bl_vorig_jaar"
blank = ["gemiddeld_bl_vorig_jaar", "verandering_bl"]

[[disclosure.counts]]
column = "leerlingen_kl"
blank = ["gemiddeld_kl", "verandering_kl"]

[[disclosure.counts]]
column = "leerlingen_kl_vorig_jaar"
blank = ["gemiddeld_kl_vorig_jaar", "verandering_kl"]

[[disclosure.units]]
column = "vestigingen_bl"
min = 1

[[disclosure.units]]
column = "vestigingen_kl"
min = 1

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
clusterletter = "No change counts as growth. A: neither fell; B: both fell; C: bl did not fall, kl fell; D: bl fell, kl did not; null unless offered in bl and kl in both years"
---*/
with leerwegen as (
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
), regios as (
    select distinct schooljaar, regio, profiel
    from leerwegen
), naast_elkaar as (
    select
        r.schooljaar,
        r.regio,
        r.profiel,
        coalesce(bl.leerlingen, 0) as leerlingen_bl,
        coalesce(bl.vestigingen, 0) as vestigingen_bl,
        bl.gemiddeld as gemiddeld_bl,
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
    end as clusterletter
from naast_elkaar nu
left join naast_elkaar vorig
    on vorig.schooljaar = schooljaar_min(nu.schooljaar, 1)
    and vorig.regio = nu.regio
    and vorig.profiel = nu.profiel
left join (select distinct schooljaar from leerwegen) j
    on j.schooljaar = schooljaar_min(nu.schooljaar, 1)
