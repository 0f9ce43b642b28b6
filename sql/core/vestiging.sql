/*---
description = "School sites that have pupils, per school year, with what the list of sites knows about them"
owner = "onderwijsdata"
grain = ["schooljaar", "vestiging"]
partition = ["schooljaar"]
audits = [
  { not_null = ["brin", "leerlingen"] },
  { relation = { columns = ["vestiging"], to = "staging.duo_vestigingen", to_columns = ["vestiging"] }, severity = "warning" },
]

[inputs]
"staging.duo_leerlingen_vestiging" = "same"

[columns]
schooljaar = "School year of the reference date 1 October"
vestiging = "School site, six characters"
brin = "School (institution) code"
naam = "Name of the site in the pupil counts"
provincie = "Province in the pupil counts"
postcode = "Postcode in the list of sites; blank for a site the list does not have"
pc4 = "The four digits of the postcode"
gemeentenummer = "Municipality code in the list of sites"
gemeentenaam = "Municipality in the list of sites"
denominatie = "Denomination in the list of sites"
rmc_regio = "RMC region in the list of sites"
leerlingen = "Pupils of all years and kinds of education"
---*/
with aantallen as (
    select
        schooljaar,
        vestiging,
        brin,
        min(instellingsnaam) as naam,
        min(provincie) as provincie,
        sum(aantal) as leerlingen
    from staging.duo_leerlingen_vestiging
    group by schooljaar, vestiging, brin
)
select
    a.schooljaar,
    a.vestiging,
    a.brin,
    a.naam,
    a.provincie,
    v.postcode,
    v.pc4,
    v.gemeentenummer,
    v.gemeentenaam,
    v.denominatie,
    v.rmc_regio,
    a.leerlingen
from aantallen a
left join staging.duo_vestigingen v on v.vestiging = a.vestiging
