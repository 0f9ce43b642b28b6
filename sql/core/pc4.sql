/*---
description = "Where a four-digit postcode is: the middle of the places it covers"
owner = "onderwijsdata"
grain = ["pc4"]
audits = [
  { not_null = ["pc4", "breedtegraad", "lengtegraad"] },
]

[columns]
pc4 = "Four digits of the postcode"
breedtegraad = "Latitude (WGS 84), degrees"
lengtegraad = "Longitude (WGS 84), degrees"
plaatsen = "Number of places the postcode covers"
---*/
select
    pc4,
    cast(avg(breedtegraad) as double) as breedtegraad,
    cast(avg(lengtegraad) as double) as lengtegraad,
    count(*) as plaatsen
from staging.pc4
group by pc4
