/*---
description = "The person behind each number of CBS, where the link is one to one: a number with two persons, or a person with two numbers, says nothing certain and is left out"
owner = "onderwijsdata"
grain = ["persoon"]
audits = [
  { not_null = ["rin", "persoon"] },
  { unique = ["rin"] },
]

[columns]
rin = "Pseudonym made of the number that CBS gives to persons"
persoon = "Pseudonym of the person, made of the citizen service number"
---*/
with koppelingen as (
    select distinct rin, persoon
    from staging.cbs_koppeling
), geteld as (
    select
        rin,
        persoon,
        count(*) over (partition by rin) as personen,
        count(*) over (partition by persoon) as nummers
    from koppelingen
)
select rin, persoon
from geteld
where personen = 1
  and nummers = 1
