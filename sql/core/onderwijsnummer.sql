/*---
description = "The person behind each onderwijsnummer, where the link is one to one: a number with two persons, or a person with two numbers, says nothing certain and is left out"
owner = "onderwijsdata"
grain = ["onderwijsnummer"]
audits = [
  { not_null = ["onderwijsnummer", "persoon"] },
  { unique = ["persoon"] },
]

[columns]
onderwijsnummer = "Pseudonym made of the onderwijsnummer"
persoon = "Pseudonym of the person, made of the citizen service number"
---*/
with koppelingen as (
    select distinct onderwijsnummer, persoon
    from staging.duo_koppeling
), geteld as (
    select
        onderwijsnummer,
        persoon,
        count(*) over (partition by onderwijsnummer) as personen,
        count(*) over (partition by persoon) as nummers
    from koppelingen
)
select onderwijsnummer, persoon
from geteld
where personen = 1
  and nummers = 1
