/*---
description = "What core.onderwijsnummer leaves out of the links between onderwijsnummers and persons: one row of counts"
owner = "onderwijsdata"
audits = [
  { rows = { min = 1, max = 1 } },
  { name = "alle_koppelingen_een_op_een", expression = "nummers_met_meer_personen = 0 and personen_met_meer_nummers = 0", severity = "warning" },
]

[columns]
regels = "Lines delivered"
dubbel = "Lines that repeat another line; nothing is lost with them"
koppelingen = "Different links"
een_op_een = "Links that are one to one: the rows of core.onderwijsnummer"
nummers_met_meer_personen = "Onderwijsnummers with more than one person"
personen_met_meer_nummers = "Persons with more than one onderwijsnummer"
---*/
with regels as (
    select count(*) as regels
    from staging.duo_koppeling
), koppelingen as (
    select distinct onderwijsnummer, persoon
    from staging.duo_koppeling
), nummers as (
    select onderwijsnummer, count(*) as personen
    from koppelingen
    group by onderwijsnummer
), personen as (
    select persoon, count(*) as nummers
    from koppelingen
    group by persoon
)
select
    r.regels,
    r.regels - k.koppelingen as dubbel,
    k.koppelingen,
    e.een_op_een,
    n.aantal as nummers_met_meer_personen,
    p.aantal as personen_met_meer_nummers
from regels r
cross join (select count(*) as koppelingen from koppelingen) k
cross join (select count(*) as een_op_een from core.onderwijsnummer) e
cross join (select count(case when personen > 1 then 1 end) as aantal from nummers) n
cross join (select count(case when nummers > 1 then 1 end) as aantal from personen) p
