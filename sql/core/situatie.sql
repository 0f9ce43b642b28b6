/*---
description = "What teachers did in a calendar year: who studied on 1 October is studerend, else the main job tells"
owner = "onderwijsdata"
grain = ["jaar", "persoon"]
partition = ["jaar"]
audits = [
  { not_null = ["situatie"] },
  { accepted = { column = "situatie", values = ["studerend", "onderwijs", "andere sector", "onbekend"] } },
  { expression = "(situatie = 'studerend') = (sector is null)" },
]

[inputs]
"core.terugblik" = "same"
"core.hoofdbaan" = "same"

[columns]
jaar = "Calendar year"
persoon = "Pseudonym of the teacher"
situatie = "studerend, onderwijs, andere sector, or onbekend: no job, a job of which the sector is not known, or no link with CBS"
sector = "Composite sector of the main job, Onbekend when situatie is onbekend; null for who studies, whatever the job beside it"
---*/
-- Studying is a spell of category 26 or 31 that covers 1 October, its first and last day included, or an enrolment on that
-- day in secondary education or mbo. The newest file with spells holds those of all years before.
with peiljaren as (
    select jaar, persoon, rin, make_date(cast(jaar as int), 10, 1) as peildatum
    from core.terugblik
), inschrijvingen as (
    select cast(schooljaar_begin(schooljaar) as varchar) as jaar, persoon
    from staging.duo_inschrijvingen
    union all
    select cast(schooljaar_begin(schooljaar) as varchar) as jaar, persoon
    from core.mbo_inschrijving
), studerend as (
    select t.jaar, t.persoon
    from peiljaren t
    join staging.cbs_secmbus s on s.rin = t.rin
    where s.jaar = (select max(jaar) from staging.cbs_secmbus)
      and s.jaar >= t.jaar
      and s.secm in (26, 31)
      and s.begindatum <= t.peildatum
      and (s.einddatum is null or s.einddatum >= t.peildatum)
    union
    select t.jaar, t.persoon
    from peiljaren t
    join inschrijvingen i on i.jaar = t.jaar and i.persoon = t.persoon
)
select
    t.jaar,
    t.persoon,
    case
        when s.persoon is not null then 'studerend'
        when coalesce(h.sector, 'Onbekend') = 'Onbekend' then 'onbekend'
        when h.sector = 'Onderwijs' then 'onderwijs'
        else 'andere sector'
    end as situatie,
    case when s.persoon is null then coalesce(h.sector, 'Onbekend') end as sector
from core.terugblik t
left join studerend s on s.jaar = t.jaar and s.persoon = t.persoon
left join core.hoofdbaan h on h.jaar = t.jaar and h.persoon = t.persoon
