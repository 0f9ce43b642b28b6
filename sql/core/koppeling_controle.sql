/*---
description = "How well sources are linked: what is wrong with the links between numbers of CBS and persons, which teachers have none, and for which years looked back to there are no jobs at all"
owner = "onderwijsdata"
grain = ["controle"]
audits = [
  { not_null = ["aantal"] },
  { name = "elk_nummer_een_persoon", expression = "controle <> 'nummers met meer personen' or aantal = 0", severity = "warning" },
  { name = "elke_persoon_een_nummer", expression = "controle <> 'personen met meer nummers' or aantal = 0", severity = "warning" },
  { name = "elke_koppeling_een_keer", expression = "controle <> 'dubbele regels' or aantal = 0", severity = "warning" },
  { name = "elke_lesgevende_gekoppeld", expression = "controle not in ('lesgevenden zonder koppeling', 'lesgevenden zonder eenduidige koppeling') or aantal = 0", severity = "warning" },
  { name = "elk_jaar_banen", expression = "controle <> 'jaren zonder banen' or aantal = 0", severity = "warning" },
  { name = "elke_lesgevende_een_betrekking", expression = "controle <> 'lesgevenden zonder betrekking' or aantal = 0", severity = "warning" },
]

[columns]
controle = "What is counted"
aantal = "Lines, links, numbers, persons or calendar years; teachers of a profile in any school year count once"
---*/
with koppelingen as (
    select rin, persoon, count(*) as regels
    from staging.cbs_koppeling
    group by rin, persoon
), nummers as (
    select rin, count(*) as personen
    from koppelingen
    group by rin
), personen as (
    select persoon, count(*) as nummers
    from koppelingen
    group by persoon
), lesgevenden as (
    select persoon, bool_or(gekoppeld) as gekoppeld, bool_or(deeltijdfactor is null) as zonder_betrekking
    from core.lesgevende
    group by persoon
), lesgevenden_koppeling as (
    select l.persoon, l.gekoppeld, l.zonder_betrekking, p.persoon is not null as genoemd
    from lesgevenden l
    left join personen p on p.persoon = l.persoon
)
select 'regels' as controle, coalesce(sum(regels), 0) as aantal from koppelingen
union all
select 'koppelingen', count(*) from koppelingen
union all
select 'dubbele regels', coalesce(sum(regels - 1), 0) from koppelingen
union all
select 'nummers met meer personen', count(*) from nummers where personen > 1
union all
select 'personen met meer nummers', count(*) from personen where nummers > 1
union all
select 'koppelingen een op een', count(*) from core.persoon
union all
select 'lesgevenden', count(*) from lesgevenden
union all
select 'lesgevenden zonder koppeling', count(*) from lesgevenden_koppeling where not genoemd
union all
select 'lesgevenden zonder eenduidige koppeling', count(*) from lesgevenden_koppeling where genoemd and not gekoppeld
union all
select 'lesgevenden zonder betrekking', count(*) from lesgevenden where zonder_betrekking
union all
select 'jaren zonder banen', count(*)
from (select distinct jaar from core.terugblik) t
left join (select distinct jaar from core.baan) b on b.jaar = t.jaar
where b.jaar is null
